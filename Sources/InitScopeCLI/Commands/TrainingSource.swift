import ArgumentParser
import InitScope

/// What `train` learns from: the only place of the command that knows how a source is read.
struct TrainingSource {
  var data: TrainingData
  /// What the audit at step 0 draws its batches from.
  var samples: any SampleSet

  /// Whether the samples have answers to learn.
  var hasLabels: Bool { samples.labels != nil }
  /// Whether the answers are numbers.
  var hasTargets: Bool { samples.targets != nil }
  /// Outputs that a network for this data has; nil for data without answers.
  var outputs: Int? { samples.classCount ?? samples.targets.map { $0.count / max(1, samples.count) } }

  /// - Throws: `DataError`, `TrainingMismatch` for a set that is too small for what is held out.
  static func load(_ source: DataSource, validation: HeldOut?, scaling: Scaling, seed: UInt64) throws -> TrainingSource {
    guard let splits = try source.loadSplits(LoadingOptions(seed: seed)) else {
      throw TrainingMismatch(
        message: "\(source.name) has nothing to learn", hint: "Choose labelled data such as fashion-mnist")
    }
    return TrainingSource(
      data: try TrainingData(splits.training, test: splits.test, validation: validation, scaling: scaling, seed: seed),
      samples: splits.training)
  }
}

extension HeldOut: ExpressibleByArgument {
  /// `5000`, or a share such as `0.1`.
  public init?(argument: String) {
    if let count = Int(argument) {
      guard count >= 0 else { return nil }
      self = .samples(count)
    } else {
      guard let fraction = Double(argument), fraction >= 0, fraction < 1 else { return nil }
      self = .fraction(fraction)
    }
  }
}
