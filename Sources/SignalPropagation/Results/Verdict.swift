/// What is to be expected of training, and what to do: the end of an audit.
public struct Verdict: Sendable, Equatable {
  /// Worst first; `healthy` where nothing is wrong.
  public enum Status: String, Sendable, Codable, CaseIterable {
    case nonfinite, symmetric, dead, exploding, vanishing, saturated, collapsed, chaotic, healthy

    /// 0 for the worst.
    public var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public var status: Status
  /// Whether plain SGD (batch 128, 300 steps, the best of the learning rates 1e-3, 1e-2, 1e-1, 1) is predicted to reach 60%
  /// training accuracy on a task like Fashion-MNIST; with other classes, the same 5/9 of the way from always naming the
  /// commonest class to naming every one right. Nil where that cannot be known: outside the evidence, and where networks with
  /// such readings sometimes train and sometimes do not. A prediction: nothing is trained.
  public var trains: Bool?
  /// Probability that `trains` is right, calibrated on networks that were really trained; nil where `trains` is.
  public var confidence: Double?
  /// Whether networks with such readings are among those that were trained to make predictions from. Outside of them `trains`
  /// is nil, unless no gradient that could teach the network anything reaches its weights: then it is false.
  public var inEvidence = true
  /// The learning rate to begin with under plain SGD; nil where none is expected to do.
  public var learningRate: Double?
  /// One or two sentences: what was seen.
  public var summary: String
  /// What would mend it, computed for this network and verified by another audit; for a healthy one, what to keep.
  public var recommendation: String?
  /// Training accuracy that is expected at each of the learning rates.
  public var expectedAccuracies: [ExpectedAccuracy] = []
  /// What the prediction rests on, by name.
  public var evidence: [String: Double] = [:]

  public struct ExpectedAccuracy: Sendable, Equatable, Codable {
    public var learningRate: Double
    public var accuracy: Double
    package init(learningRate: Double, accuracy: Double) {
      self.learningRate = learningRate
      self.accuracy = accuracy
    }
  }

  package init(
    status: Status, trains: Bool?, confidence: Double?, learningRate: Double?, summary: String, recommendation: String?
  ) {
    self.status = status
    self.trains = trains
    self.confidence = confidence
    self.learningRate = learningRate
    self.summary = summary
    self.recommendation = recommendation
  }
}
