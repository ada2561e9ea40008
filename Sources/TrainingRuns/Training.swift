import DataSets
import FileOutput
import NetworkGraph
import Spelling
import Synchronization
import TensorKernels

/// Trains one network under each initializer with several seeds, several runs at a time.
///
///     let training = Training(
///       TrainingConfiguration(network: network, initializers: [.heNormal, .glorotUniform], data: data))
///     let report = try training.run()
///     for row in report.summary { print(row.initializer, row.testAccuracy ?? "-") }
///
/// Runs are paired: replicas of one number share the order of samples, and their draws within a distribution family.
/// Nothing in a run depends on how many run beside it.
public struct Training: Sendable {
  public var configuration: TrainingConfiguration

  public init(_ configuration: TrainingConfiguration) {
    self.configuration = configuration
  }

  /// Runs the training. `progress` is called from worker threads with the number of finished epochs and their total.
  ///
  /// - Throws: `TrainingMismatch` where network, loss and data do not fit, `UnsupportedLayer`, `OutOfMemory`,
  ///   `SpecificationError` where an initializer does not fit the network, `CheckpointError` for a saved run that is damaged
  ///   or belongs to another training, `OutputError` where none can be saved, and what `progress` throws.
  public func run(progress: (@Sendable (_ done: Int, _ total: Int) throws -> Void)? = nil) throws -> TrainingReport {
    let c = configuration
    try check()
    for initializer in c.initializers { _ = try InitializerAssignment(initializer: initializer, network: c.network) }
    let jobs = c.initializers.count * c.replicas
    let identity = c.checkpoints == nil ? nil : CheckpointIdentity(c)
    if let directory = c.checkpoints {
      try AtomicFile.createDirectory(directory)
      try AtomicFile.probe(directory: directory)
    }
    let finished = Mutex(0)
    let all = try WorkerThreads.map(
      count: jobs, workers: c.workers, threadsEach: c.threadsEach, makeState: {}
    ) { job, _ in
      // Seeds are the outer loop, so that the initializers that are compared share the machine equally.
      let (replica, initializer) = job.quotientAndRemainder(dividingBy: c.initializers.count)
      let trainer = try RunTrainer(c, initializer: c.initializers[initializer], replica: replica, identity: identity)
      var counted = 0
      let run = try trainer.train { _ in
        counted += 1
        let done = finished.withLock {
          $0 += 1; return $0
        }
        try progress?(done, jobs * c.epochs)
      }
      // A run that stopped early counts its remaining epochs as done.
      let done = finished.withLock {
        $0 += c.epochs - counted; return $0
      }
      if counted < c.epochs { try progress?(done, jobs * c.epochs) }
      return run
    }
    // By initializer, then by seed.
    let runs = c.initializers.indices.flatMap { index in
      (0..<c.replicas).map { all[$0 * c.initializers.count + index] }
    }
    return TrainingReport(
      network: c.network.name, parameters: c.network.parameterCount, data: c.data.name, samples: c.data.training.count,
      loss: c.loss.rawValue, optimizer: c.optimizer.description, schedule: c.schedule.description, epochs: c.epochs,
      batch: c.batch, seeds: c.replicas, seed: c.seed, target: c.target, runs: runs,
      summary: TrainingReport.summarize(runs, initializers: c.initializers.map(\.description)))
  }

  /// Checks that network, loss, data and penalties fit each other, as `run` does first.
  public func check() throws(TrainingMismatch) {
    let c = configuration
    let outputs = c.network.output.count
    for table in [c.data.training, c.data.validation, c.data.test].compactMap(\.self) {
      guard table.features == c.network.input.count else {
        throw TrainingMismatch(
          message:
            "\(c.data.name) has samples of \(table.features) value\(table.features == 1 ? "" : "s"), the network takes "
            + "\(c.network.input.count)",
          hint: "Give the network an input of \(table.features) features")
      }
      if let vocabulary = c.network.tokenVocabulary, let stray = table.strayID(vocabulary) {
        throw TrainingMismatch(
          message:
            "\(c.data.name) has the value \(stray.value) at sample \(stray.sample), position \(stray.position) of a part "
            + "(both counted from 0), which is no token id of the network's embedding, 0 to \(vocabulary - 1)",
          hint: "Give whole numbers from 0, and never scale them")
      }
      if table.targets.isEmpty {
        guard !table.labels.isEmpty else {
          throw TrainingMismatch(
            message: "\(c.data.name) has no labels",
            hint: "Choose labelled data, or name what there is to learn: --label-column, --response-column, --labels")
        }
        let needed = outputs == 1 ? 2 : outputs
        guard table.classCount <= needed else {
          throw TrainingMismatch(
            message: "\(c.data.name) has \(ClassNames.text(table.classCount, table.classNames)), the network \(outputs) "
              + "output\(outputs == 1 ? "" : "s")",
            hint: ClassNames.renumbering(table.labels.lazy.map { Int($0) }, outputs: needed)
              ?? (outputs == 1
                ? "Give the network's last layer \(table.classCount) units; save quantities to predict as floats"
                : "Give the network's last layer \(table.classCount) units"))
        }
        if c.loss == .crossEntropy, outputs == 1 {
          throw TrainingMismatch(
            message: "cross_entropy needs an output for each class, and the network has one",
            hint: "Choose binary_cross_entropy, or give the network \(max(2, table.classCount)) outputs")
        }
      } else {
        guard c.loss != .crossEntropy else {
          throw TrainingMismatch(
            message: "\(c.data.name) has numbers for answers, and cross_entropy needs classes",
            hint: "Choose mean_squared_error")
        }
        guard table.targets.count == table.count * outputs else {
          throw TrainingMismatch(
            message:
              "\(c.data.name): answers per sample: \(table.targets.count / table.count), outputs of the network: \(outputs)",
            hint: "Give the network as many outputs as there are answers")
        }
        if c.loss == .binaryCrossEntropy, let value = table.targets.first(where: { !(0...1).contains($0) }) {
          throw TrainingMismatch(
            message: "\(c.data.name) has the answer \(value), and binary_cross_entropy takes 0 to 1",
            hint: "Choose mean_squared_error")
        }
      }
    }
    try checkBatches()
    for (layer, penalty) in c.penalties {
      guard let layer else { continue }
      let names = c.network.nodes.filter { $0.parameters.contains { $0.role == .weight } }.map(\.name)
      guard names.contains(layer) else {
        throw TrainingMismatch(
          message: "the penalty \(penalty) names the layer '\(layer)', which has no weights or is not there",
          hint: "Layers with weights: \(names.prefix(12).joined(separator: ", "))")
      }
    }
  }
}

extension Training {
  /// Checks that no batch has one sample where the network has a batch normalization, which cannot train on it. The last
  /// batch of an epoch holds the rest.
  private func checkBatches() throws(TrainingMismatch) {
    let c = configuration, all = c.data.training.count
    let samples = c.stepsPerEpoch.map { min(all, $0 * c.batch) } ?? all
    let whole = min(c.batch, samples), last = samples % max(1, c.batch)
    guard whole == 1 || last == 1, let refusal = BatchNorm.refusal(of: c.network, batch: 1) else { return }
    throw TrainingMismatch(
      message: whole == 1
        ? refusal : "\(samples) samples in batches of \(c.batch) leave one for the last batch of each epoch, and \(refusal)",
      hint: whole == 1
        ? "Use a batch of 2 or more samples (--batch 2), or layer_norm in place of batch_norm"
        : "Use another --batch, such as \(Self.batch(near: c.batch, for: samples)), or layer_norm in place of batch_norm")
  }

  /// The nearest batch size, smaller ones first, that leaves no single sample.
  private static func batch(near batch: Int, for samples: Int) -> Int {
    (1...max(batch, 2)).lazy.flatMap { [batch - $0, batch + $0] }.first { $0 > 1 && samples % $0 != 1 } ?? samples
  }
}

/// The error that network, loss and data do not fit each other.
public struct TrainingMismatch: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var hint: String

  package init(message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  public var description: String { TerminalText.safe("\(message). \(hint)") }
}
