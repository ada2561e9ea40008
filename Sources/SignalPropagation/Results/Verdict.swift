/// What to expect of training, and what to do about it.
public struct Verdict: Sendable, Equatable {
  /// What is wrong, worst first; `healthy` where nothing is.
  public enum Status: String, Sendable, Codable, CaseIterable {
    case nonfinite, symmetric, dead, exploding, vanishing, saturated, collapsed, chaotic, healthy

    /// The rank in that order, 0 for the worst.
    public var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public var status: Status
  /// Whether the network is predicted to train: plain SGD (batch 128, 300 steps, the best of the learning rates 1e-3, 1e-2,
  /// 1e-1, 1) reaches 60% training accuracy on a task like Fashion-MNIST. Nil where that cannot be known: outside the
  /// evidence, and where networks with such readings sometimes train and sometimes do not. A prediction: nothing is trained.
  public var trains: Bool?
  /// The probability that `trains` is right, calibrated on networks that were really trained; nil where `trains` is.
  public var confidence: Double?
  /// Whether networks like this one were among those that were trained to make the prediction from, or measurements alone
  /// show that nothing can be learned. Where it is false, `trains` is nil.
  public var inEvidence = true
  /// The learning rate to start with under plain SGD; nil where none is expected to work.
  public var learningRate: Double?
  /// The same as `trains` for Adam (betas 0.9 and 0.999) at the best of the learning rates 1e-4, 1e-3 and 1e-2; nil where it
  /// cannot be known.
  public var trainsWithAdam: Bool?
  /// The learning rate to start with under Adam; nil where none is known.
  public var learningRateWithAdam: Double?
  /// One or two sentences: what was seen.
  public var summary: String
  /// What would fix it, computed for this network and checked by another audit; for a healthy network, what to keep.
  public var recommendation: String?
  /// The expected training accuracy at each of the learning rates.
  public var expectedAccuracies: [ExpectedAccuracy] = []
  /// The readings on which the prediction rests, by name.
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

extension Verdict {
  /// The status as tables and pictures show it: `unclear` where nothing was found and nothing is known either.
  package var statusText: String { trains == nil && status == .healthy ? "unclear" : status.rawValue }
}
