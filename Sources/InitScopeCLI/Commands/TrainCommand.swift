import ArgumentParser
import Foundation
import InitScope

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network under each initializer and several seeds, and compare.",
    discussion: """
      All initializers share the samples' order and the seeds, so that they are compared in pairs. A run whose loss stops \
      being a number ends there and is reported. Prints a table to stdout with what an audit says before the first step, \
      and what the verdict predicted beside what came of it after 300 steps; writes curves.png, gradients-heatmap.png, \
      updates-heatmap.png, weights.png and train.json to --output.
      """)

  static let defaultInitializers = "normal(std=0.01),glorot_uniform,he_normal"

  @OptionGroup var network: NetworkArguments

  @Option(
    help: ArgumentHelp(
      "fashion-mnist, mnist:DIR, a .csv or a .npy file; see `initscope list data`.", valueName: "source"))
  var data: String

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Initializers to compare, separated by commas (default: \(Self.defaultInitializers)).", valueName: "list"),
    transform: Initializer.list(parsing:))
  var initializers: [Initializer]?

  // Unconditional, so that a negative number is told from a missing one.
  @Option(parsing: .unconditional, help: ArgumentHelp("Passes over the training set.", valueName: "n"))
  var epochs = 5

  @Option(parsing: .unconditional, help: ArgumentHelp("Samples in a batch.", valueName: "n"))
  var batch = 32

  @Option(
    help: ArgumentHelp("sgd, adam, adamw or rmsprop, such as sgd(lr=0.1,momentum=0.9) (default: sgd).", valueName: "spec"),
    transform: Optimizer.init(parsing:))
  var optimizer: Optimizer?

  @Option(
    help: ArgumentHelp("constant, step(every=10,factor=0.1) or cosine (default: constant).", valueName: "spec"),
    transform: Schedule.init(parsing:))
  var schedule: Schedule?

  @Option(
    help: ArgumentHelp("Limit the gradient: norm(limit=1) or value(limit=1).", valueName: "spec"),
    transform: Clipping.init(parsing:))
  var clip: Clipping?

  @Option(
    help: ArgumentHelp(
      "Penalty on large weights: l2(0.0001), or dense_1=l1l2(l1=1e-5,l2=1e-4) for one layer; repeatable.",
      valueName: "spec"),
    transform: LayerPenalty.init(parsing:))
  var penalty: [LayerPenalty] = []

  @Option(
    help: ArgumentHelp("The loss to minimize (default: what suits the data and the number of outputs).", valueName: "loss"))
  var loss: Loss?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many samples to hold out of the training set, or a share of it such as 0.1 (default: 10%, 5000 at most).",
      valueName: "n"))
  var validation: HeldOut?

  @Option(
    help: ArgumentHelp(
      "How samples are scaled: standardized (mean 0, deviation 1), unit (0 to 1), symmetric (-1 to 1) or raw. Token "
        + "ids never are."))
  var scaling: Scaling = .standardized

  @OptionGroup var reading: DataArguments

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Report the first epoch that reaches this validation accuracy, such as 0.85.", valueName: "x"))
  var target: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("Runs of each initializer, each with other weights.", valueName: "n"))
  var seeds = 3

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of all random numbers: the same seed gives the same result.", valueName: "s"))
  var seed: UInt64 = 0

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one per core).", valueName: "n"))
  var threads: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Stop an epoch after this many steps.", valueName: "n"))
  var stepsPerEpoch: Int?

  @Option(
    help: ArgumentHelp(
      "Directory to save each run in after every epoch. The same command given again goes on from there.", valueName: "dir"),
    completion: .directory)
  var checkpoint: String?

  @Option(
    help: ArgumentHelp("Directory for the pictures and train.json (default: Reports/train).", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Print one JSON document instead of the table.")
  var json = false

  @Option(help: ArgumentHelp("Also write every run's epochs as CSV.", valueName: "file"), completion: .file())
  var csv: String?

  @Flag(name: .customLong("no-png"), help: "Draw no pictures; train.json is written where --output is given.")
  var noPNG = false

  @Flag(
    name: .customLong("no-verdict"), help: "Do not predict whether the network trains.")
  var noVerdict = false

  @Flag(help: "Explain the table's columns.")
  var legend = false

  @Flag(help: "Print no table and no progress.")
  var quiet = false

  func validate() throws {
    try OptionChecks.range(epochs, "--epochs", TrainingConfiguration.epochRange)
    try OptionChecks.range(batch, "--batch", TrainingConfiguration.batchRange)
    try OptionChecks.range(seeds, "--seeds", TrainingConfiguration.seedRange)
    try OptionChecks.range(threads, "--threads", AuditConfiguration.threadRange)
    try OptionChecks.range(stepsPerEpoch, "--steps-per-epoch", 1...1_000_000_000)
    if let target, !(target > 0 && target <= 1) {
      throw ValidationError("--target must be an accuracy above 0 and up to 1, got \(target).")
    }
    if initializers?.contains(.file) == true {
      throw ValidationError("--init names file, and training draws its weights. Leave it out.")
    }
    for (index, initializer) in (initializers ?? []).enumerated() where initializers?.firstIndex(of: initializer) != index {
      throw ValidationError("--init names \(initializer) twice. Raise --seeds for more runs of it.")
    }
    let source = try dataSource
    if source == .gaussian || source == .uniform {
      throw ValidationError("--data \(data) has no answers to learn. Choose labelled data such as fashion-mnist.")
    }
  }

  /// What `--data` names.
  private var dataSource: DataSource { get throws { try OptionChecks.source(data, "--data") } }

  func run() throws {
    Interruption.install()
    try Failure.reporting {
      try Destination.check(
        .directory("--output", directory), .file("--csv", csv), .directory("--checkpoint", checkpoint))
      let start = ContinuousClock.now
      let (configuration, samples) = try makeConfiguration()
      let training = Training(configuration)
      try training.check()
      let tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: CommandLineText.current)
      let before = StepZeroAudit.configuration(configuration, samples, scaling)
      if !quiet { WaitingTime.say(configuration, audit: before, judges: !noVerdict) }
      let audit = try StepZeroAudit.run(before, judges: !noVerdict, tool: tool, quiet: quiet)
      let progress = ProgressLine("training, epochs", quiet: quiet)
      defer { progress.finish() }
      progress.update(0, of: configuration.initializers.count * seeds * epochs)
      let report = try training.run { progress.update($0, of: $1) }
      progress.finish()
      let elapsed = (ContinuousClock.now - start).components
      // Token ids are never scaled.
      let scaled = samples.vocabularySize == nil ? scaling : .raw
      let document = TrainingDocument(
        configuration, scaling: scaled.rawValue, report: report, audit: audit, tool: tool,
        seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
      try Interruption.deferred { try write(document) }
      if json {
        Console.output(TrainingJSON.encode(document))
      } else if !quiet {
        let columns = Console.columns ?? Console.defaultColumns
        Console.output(TrainingTable(document, legend: legend, columns: columns, color: Console.usesColor).text)
      }
    }
  }

  /// What is trained, and the samples that the audit at step 0 draws its batches from.
  private func makeConfiguration() throws -> (TrainingConfiguration, any SampleSet) {
    let loaded = try NetworkSamples.load(dataSource, reading, seed: seed, limit: nil, arguments: self.network) { set in
      let outputs = set?.outputs(for: self.loss)
      if let outputs, !PresetOptions.sizeRange.contains(outputs) {
        throw TrainingMismatch(message: "\(data) has \(outputs) classes", hint: "Choose data with fewer classes")
      }
      return try self.network.load(shape: set?.shape, defaults: (depth: 2, width: 64), answers: outputs)
    }
    let network = loaded.network
    if !quiet { ModelNotes.say(loaded.model) }
    guard let splits = loaded.splits else {
      throw TrainingMismatch(message: "\(data) has nothing to learn", hint: "Choose labelled data such as fashion-mnist")
    }
    let byData: Loss =
      splits.training.labels == nil ? .meanSquaredError : network.output.count == 1 ? .binaryCrossEntropy : .crossEntropy
    let loss = self.loss ?? byData
    let prepared = try TrainingData(
      splits.training, test: splits.test, validation: validation, scaling: scaling, seed: seed,
      prefersQuantities: loss == .meanSquaredError)
    var configuration = TrainingConfiguration(
      network: network,
      initializers: try initializers
        ?? (network.declaresInitializers ? [.keras] : Initializer.list(parsing: Self.defaultInitializers)),
      data: prepared, loss: loss, optimizer: optimizer ?? .sgd(), schedule: schedule ?? .constant,
      clipping: clip, penalties: penalty.map { ($0.layer, $0.penalty) }, epochs: epochs, batch: batch, replicas: seeds,
      seed: seed,
      threads: RunArguments.threadCount(threads),
      target: target)
    configuration.stepsPerEpoch = stepsPerEpoch
    configuration.checkpoints = checkpoint
    configuration.measuresAccuracyAt300Steps = true
    return (configuration, splits.training)
  }

  /// Where pictures and train.json go; nil for nowhere.
  private var directory: String? { output ?? (noPNG ? nil : "Reports/train") }

  private func write(_ document: TrainingDocument) throws {
    let beside = csv.map { [AtomicFile.Content(path: $0, bytes: TrainingCSV.encode(document.report))] } ?? []
    if let directory {
      let paths = try ReportWriter.write(
        document, to: directory, figures: noPNG ? [] : TrainingFigure.allCases, beside: beside)
      let names = paths.map { $0.split(separator: "/").last.map(String.init) ?? $0 }.joined(separator: ", ")
      if !quiet { Console.message("wrote \(Counted.files(paths.count)) to \(directory): \(names)") }
    } else {
      try AtomicFile.write(beside)
    }
    if let csv, !quiet { Console.message("wrote \(csv)") }
  }
}

extension Loss: ExpressibleByArgument {}
