import SampleStatistics

/// The result of comparing initializers by training.
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

  /// The results of one initializer over its seeds.
  public struct InitializerSummary: Sendable, Equatable, Codable {
    public var initializer: String
    public var testAccuracy: Estimate?
    public var validationAccuracy: Estimate?
    /// The accuracy on the training samples after 300 steps, over the runs that got there.
    public var trainingAccuracyAt300Steps: Estimate?
    /// The training loss of the last epoch, over the runs that did not diverge.
    public var loss: Estimate?
    /// The number of runs whose loss stopped being a number.
    public var diverged: Int
    /// The mean over the runs that reached the target, and how many did.
    public var epochsToTarget: Double?
    public var reachedTarget: Int
    /// Whether its mean score is the highest; false for all where every initializer has runs that diverged.
    public var isBest: Bool
    /// The mean difference to the initializer with the highest mean score, seed by seed, and the two-sided p-value of a
    /// paired Student test. Nil for the best itself and for one seed.
    public var difference: Estimate?
    public var pValue: Double?
  }

  /// A mean over seeds with its 95% Student interval.
  public struct Estimate: Sendable, Equatable, Codable {
    /// Seeds below which there is no interval. Student's quantile is 12.7 for two: such an interval says nothing that the
    /// two values do not say better.
    public static let fewestForInterval = 3
    /// The range of an accuracy, which no interval leaves.
    public static let accuracies = 0.0...1.0
    /// The range of a loss, which no interval leaves.
    public static let losses = 0.0...Double.infinity

    public var mean: Double
    /// Nil below three values. Cut at the ends of what the quantity can be: the true mean lies within, so that the interval
    /// holds it as often as before.
    public var interval: [Double]?
    public var lowest: Double
    public var highest: Double
    public var count: Int

    /// Computes the estimate; nil without values.
    ///
    /// - Parameter range: What the quantity can be, such as `accuracies`; nil for any number.
    package init?(_ values: [Double], within range: ClosedRange<Double>? = nil) {
      guard let low = values.min(), let high = values.max() else { return nil }
      let estimate = MeanEstimate(of: values)
      mean = estimate.mean
      (lowest, highest, count) = (low, high, values.count)
      guard values.count >= Self.fewestForInterval, let half = estimate.halfWidth else { return }
      let all = range ?? -Double.infinity...Double.infinity
      interval = [max(mean - half, all.lowerBound), min(mean + half, all.upperBound)]
    }

    /// Half the interval's width where nothing was cut off it; nil where there is none.
    package var symmetricHalf: Double? {
      guard let interval else { return nil }
      let below = mean - interval[0], above = interval[1] - mean
      // Rounding alone makes the two differ by some units in the last place of the mean.
      return abs(below - above) <= 1e-9 * max(abs(mean), above, below) ? above : nil
    }
  }
}

extension TrainingReport {
  /// Summarizes the runs of each initializer. The score is the test accuracy, else the validation accuracy, else the last
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
        initializer: initializers[index],
        testAccuracy: Estimate(group.compactMap(\.testAccuracy), within: Estimate.accuracies),
        validationAccuracy: Estimate(
          group.compactMap { $0.epochs.last?.validationAccuracy }, within: Estimate.accuracies),
        trainingAccuracyAt300Steps: Estimate(
          group.compactMap(\.trainingAccuracyAt300Steps), within: Estimate.accuracies),
        loss: Estimate(sound.compactMap { $0.epochs.last?.loss }, within: Estimate.losses),
        diverged: group.count - sound.count,
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
