import InitScope
import NumberText

/// How an experiment is run: the options of the command line, and the work that experiments share.
struct ExperimentContext {
  var seed: UInt64
  var seeds: Int
  var threads: Int
  var isQuick: Bool
  var source: DataSource?
  var origin: PictureOrigin
  var quiet: Bool

  func report(_ experiment: some Experiment, data: String) -> ExperimentReport {
    ExperimentReport(
      name: experiment.name, summary: experiment.summary, source: experiment.source, original: experiment.original,
      isQuick: isQuick, data: data, seed: seed, seeds: seeds)
  }

  /// What a picture's bands are: "5 seeds, mean and 95% Student interval".
  var scatterText: String {
    let hasInterval = seeds >= TrainingReport.Estimate.fewestForInterval
    return "\(seeds) \(seeds == 1 ? "seed" : "seeds"), mean"
      + (hasInterval ? " and 95% Student interval" : seeds == 1 ? "" : " (too few for an interval)")
      + (isQuick ? " · quick run" : "")
  }

  /// One of two sizes: a full run's, or a quick one's.
  func size<T>(_ full: T, quick: T) -> T { isQuick ? quick : full }

  // MARK: Data

  /// Labelled images: those named on the command line, else Fashion-MNIST.
  func images() throws -> DataSplits {
    let source = source ?? .fashionMNIST
    guard let splits = try source.loadSplits(LoadingOptions(seed: seed)), splits.training.classCount ?? 0 > 1,
      splits.training.vocabularySize == nil
    else {
      throw TrainingMismatch(
        message: "this experiment classifies images, and \(source.name) has none with classes",
        hint: "Choose fashion-mnist, mnist:DIR or cifar10:DIR")
    }
    return splits
  }

  /// The first `count` training images with the next `validation` held out; the set's order is random as published.
  func images(_ splits: DataSplits, count: Int, validation: Int, scaling: Scaling) -> TrainingData {
    let all = splits.training.count
    let held = min(validation, all / 5), trained = min(count, all - held)
    return TrainingData(
      name: splits.name, training: SampleTable(splits.training, indices: Array(0..<trained), scaling: scaling),
      validation: SampleTable(splits.training, indices: Array(trained..<(trained + held)), scaling: scaling))
  }

  /// "fashion-mnist, where the original has MNIST".
  func dataText(_ splits: DataSplits, _ data: TrainingData, original: String) -> String {
    let held = [
      data.validation.map { "\(groupedNumber($0.count)) for validation" },
      data.test.map { "\(groupedNumber($0.count)) for test" },
    ]
    .compactMap(\.self).joined(separator: " and ")
    let stands =
      splits.name.lowercased().hasPrefix(original.lowercased().filter { $0 != "-" })
      ? "" : ", in place of the original's \(original)"
    return
      "\(splits.name)\(stands): \(groupedNumber(data.training.count)) images to train "
      + "on\(held.isEmpty ? "" : ", " + held)"
  }

  // MARK: Work

  /// Runs by initializer, then by seed.
  func train(_ configuration: TrainingConfiguration, _ label: String) throws -> [TrainingRun] {
    let progress = ProgressLine("training \(label), epochs", quiet: quiet)
    defer { progress.finish() }
    return try Training(configuration).run { progress.update($0, of: $1) }.runs
  }

  func configuration(_ network: Network, _ initializers: [Initializer], _ data: TrainingData) -> TrainingConfiguration {
    TrainingConfiguration(
      network: network, initializers: initializers, data: data, replicas: seeds, seed: seed, threads: threads)
  }

  func audit(_ configuration: AuditConfiguration, _ label: String) throws -> AuditReport {
    let progress = ProgressLine("auditing \(label)", quiet: quiet)
    defer { progress.finish() }
    return try Audit(configuration).diagnose(judges: false) { progress.update($0) }
  }
}

/// Numbers for simulated data, a function of the seed alone (Steele, Lea and Flood 2014, SplitMix64).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
