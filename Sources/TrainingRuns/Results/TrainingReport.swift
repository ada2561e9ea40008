import SampleStatistics

/// What a comparison of initializers by training found.
public struct TrainingReport: Sendable, Equatable, Codable {
  public var network: String
  public var parameters: Int
  public var data: String
  public var samples: Int
  public var loss: String
  public var optimizer: String
  public var schedule: String
  public var epochs: Int
  public var batch: Int
  public var seeds: Int
  public var seed: UInt64
  public var target: Double?
  public var runs: [TrainingRun]
  public var summary: [InitializerSummary]

  /// One initializer over its seeds.
  public struct InitializerSummary: Sendable, Equatable, Codable {
    public var initializer: String
    public var testAccuracy: Estimate?
    public var validationAccuracy: Estimate?
    /// Of the last epoch, over the runs that did not diverge.
    public var loss: Estimate?
    /// Runs whose loss stopped being a number.
    public var diverged: Int
    /// Mean over the runs that reached the target, and how many did.
    public var epochsToTarget: Double?
    public var reachedTarget: Int
    /// Whether its mean score is the highest; false throughout where every initializer has runs that diverged.
    public var isBest: Bool
    /// Against the initializer of the highest mean score: the mean of the seeds' differences, and the two-sided probability
    /// that chance alone makes such a difference (paired Student test). Nil for the best itself and for one seed.
    public var difference: Estimate?
    public var pValue: Double?
  }

  /// A mean over seeds with its 95% Student interval.
  public struct Estimate: Sendable, Equatable, Codable {
    public var mean: Double
    public var interval: [Double]?

    /// Nil without values.
    public init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      let estimate = MeanEstimate(of: values)
      mean = estimate.mean
      interval = estimate.halfWidth.map { [estimate.mean - $0, estimate.mean + $0] }
    }
  }
}

extension TrainingReport {
  /// Pools the runs of each initializer. The score is the test accuracy, else the validation accuracy, else the last
  /// training accuracy, else minus the last loss. A run that diverged has none, and an initializer with such a run is
  /// neither the best nor tested against it: what remains of its seeds would be a selection.
  package static func summarize(_ runs: [TrainingRun], initializers: [String]) -> [InitializerSummary] {
    func score(_ run: TrainingRun) -> Double? {
      guard run.divergence == nil else { return nil }
      if let accuracy = run.testAccuracy { return accuracy }
      return run.epochs.last.flatMap { $0.validationAccuracy ?? $0.accuracy ?? -($0.validationLoss ?? $0.loss) }
    }
    let groups = initializers.map { name in runs.filter { $0.initializer == name } }
    let scores = groups.map { group in group.map { score($0) ?? -.infinity } }
    let means = scores.map { $0.isEmpty ? -Double.infinity : $0.reduce(0, +) / Double($0.count) }
    let best = means.indices.filter { means[$0].isFinite }.max { means[$0] < means[$1] }
    return groups.enumerated().map { index, group in
      let sound = group.filter { $0.divergence == nil }
      let reached = group.compactMap(\.epochsToTarget)
      var summary = InitializerSummary(
        initializer: initializers[index], testAccuracy: Estimate(group.compactMap(\.testAccuracy)),
        validationAccuracy: Estimate(group.compactMap { $0.epochs.last?.validationAccuracy }),
        loss: Estimate(sound.compactMap { $0.epochs.last?.loss }), diverged: group.count - sound.count,
        epochsToTarget: reached.isEmpty ? nil : Double(reached.reduce(0, +)) / Double(reached.count),
        reachedTarget: reached.count, isBest: index == best, difference: nil, pValue: nil)
      if let best, best != index, scores[best].count == scores[index].count {
        let differences = zip(scores[index], scores[best]).map { $0 - $1 }
        if differences.allSatisfy(\.isFinite) {
          summary.difference = Estimate(differences)
          summary.pValue = Estimators.pairedStudent(differences)
        }
      }
      return summary
    }
  }
}
