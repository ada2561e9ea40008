import ArgumentParser
import Foundation
import InitScope

/// How a network is audited: the options that `audit` and `check` share. What is not given is nil, so that a file may say
/// it.
struct AuditArguments: ParsableArguments {
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Initializers to compare, separated by commas; see `initscope list initializers`.", valueName: "list"),
    transform: Initializer.list(parsing:))
  var initializers: [Initializer]?

  @Option(
    help: ArgumentHelp("Where samples come from; see `initscope list data`. (default: gaussian)", valueName: "source"))
  var input: String?

  @Option(
    help: ArgumentHelp(
      "How samples are scaled: standardized (mean 0, deviation 1), unit (0 to 1), symmetric (-1 to 1) or raw. Token "
        + "ids never are (default: standardized)."))
  var scaling: Scaling?

  @OptionGroup var data: DataArguments

  @OptionGroup var model: ModelArguments

  @Option(
    help: ArgumentHelp(
      "What the backward pass starts from: random gradients at the outputs (gaussian), or the gradient of a loss, which "
        + "needs data with answers (default: gaussian).",
      valueName: "source"))
  var backward: BackwardSource?

  // Unconditional, so that a negative number is told from a missing one.
  @Option(parsing: .unconditional, help: ArgumentHelp("Samples in a batch. (default: 256, resnet-20 128)", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Replicas: how often weights, inputs and output gradients are drawn anew. (default: 5, large presets 3)",
      valueName: "n"
    ))
  var seeds: Int?

  @OptionGroup var computing: RunArguments

  func validate() throws {
    try OptionChecks.range(batch, "--batch", AuditConfiguration.batchRange)
    try OptionChecks.range(seeds, "--seeds", AuditConfiguration.replicaRange)
    // Without --input a file may still name data; an .npz may belong to an ONNX model.
    if let input, !input.hasSuffix(".npz"), !input.hasSuffix(".safetensors") { try check(source) }
  }

  /// The path of a model that runs as a graph of operators; nil for a network of our own layers.
  func graphPath(_ network: NetworkArguments) -> String? { model.graphPath(network, input: input) }

  /// What `--input` names.
  var source: DataSource { get throws { try OptionChecks.source(input ?? "gaussian", "--input") } }

  /// - Throws: `ValidationError` where the backward pass needs labels that the source cannot have.
  func check(_ source: DataSource) throws {
    if let backward, backward != .gaussian, source == .gaussian || source == .uniform {
      throw ValidationError("--backward \(backward.rawValue) needs labelled data. Choose an --input such as fashion-mnist.")
    }
  }

  /// The audit of that network; reads the data, and weights where `file` is among the initializers.
  ///
  /// - Parameters:
  ///   - initializers: What to compare for a network; it may depend on what the network declares.
  ///   - source: Where samples come from.
  ///   - histograms: Whether the report has histograms.
  ///   - arguments: The network.
  ///   - weights: A file whose weights take the place of the model's own; nil for what its file holds.
  ///   - quiet: Whether nothing is said of how a model's file was understood.
  func configuration(
    initializers: (Network) throws -> [Initializer], source: DataSource, histograms: Bool = true,
    arguments: NetworkArguments, weights: String? = nil, quiet: Bool
  ) throws -> AuditConfiguration {
    if let path = graphPath(arguments) {
      return try configuration(model: path, initializers, weights: weights, histograms: histograms)
    }
    if model.isGiven {
      throw ValidationError(
        "--dim, --batch-norm and --every-value apply to models that run as a graph: ONNX files, and some of Keras.")
    }
    let loaded = try NetworkSamples.load(
      source, data, seed: computing.seed ?? 0, limit: DataSource.auditLimit, arguments: arguments
    ) { set in
      // As `train` has it: the loss takes one output, or as many as there are answers.
      let outputs = backward?.loss.flatMap { set?.outputs(for: $0) }.flatMap {
        PresetOptions.sizeRange.contains($0) ? $0 : nil
      }
      return try arguments.load(shape: set?.shape, answers: outputs)
    }
    let scaling = scaling ?? .standardized
    let input: AuditInput
    if let samples = loaded.splits?.training {
      input = .samples(samples, scaling)
    } else {
      input = source == .gaussian ? .gaussian : .uniform(scaling)
    }
    if !quiet { ModelNotes.say(loaded.model) }
    let asked = weights != nil && self.initializers == nil ? [.file] : try initializers(loaded.network)
    var configuration = AuditConfiguration(
      network: loaded.network, initializers: loaded.network.distinct(asked), input: input,
      backward: backward ?? .gaussian, batch: batch ?? arguments.auditDefaults.batch,
      replicas: seeds ?? arguments.auditDefaults.replicas, seed: computing.seed ?? 0,
      threads: computing.threadCount,
      memoryLimit: computing.memory?.bytes, histograms: histograms)
    if asked.contains(.file) {
      guard let model = loaded.model else {
        throw ValidationError(
          "file means weights of a model's file, and \(arguments.name) is a preset. Leave it out of --init.")
      }
      configuration.given = try model.weights(path: weights)
    }
    return configuration
  }
}

extension AuditArguments {
  /// The audit of a file that is a graph of operators.
  fileprivate func configuration(
    model path: String, _ initializers: (Network) throws -> [Initializer], weights: String?, histograms: Bool
  ) throws -> AuditConfiguration {
    if scaling != nil {
      throw ValidationError("--scaling does not apply to models that run as a graph: arrays are taken as they are.")
    }
    func read(needsWeights: Bool) throws -> AuditConfiguration {
      let (model, given) = try model.model(
        path: path, input: input, weights: weights, batch: batch, needsWeights: needsWeights)
      var configuration = try AuditConfiguration(
        model: model, backward: backward ?? (given.labels == nil ? .gaussian : .crossEntropy), replicas: seeds ?? 5,
        seed: computing.seed ?? 0,
        threads: computing.threadCount,
        everyValue: self.model.everyValue)
      configuration.initializers = try initializers(configuration.network)
      configuration.memoryLimit = computing.memory?.bytes
      configuration.histograms = histograms
      configuration.graphArrays = given
      return configuration
    }
    let configuration = try read(needsWeights: false)
    // Keras's weights are read by a process of its own, and only where a run has them.
    guard configuration.initializers.contains(.file), !configuration.network.bringsWeights else { return configuration }
    return try read(needsWeights: true)
  }
}

extension Scaling: ExpressibleByArgument {}
extension BackwardSource: ExpressibleByArgument {}

extension SampleSet {
  /// Outputs that a preset has for these answers under that loss; nil where there are none.
  func outputs(for loss: Loss?) -> Int? {
    if loss == .meanSquaredError, let targetCount { return targetCount }
    if loss == .binaryCrossEntropy, classCount ?? 0 <= 2, targetCount ?? 1 == 1 { return 1 }
    return classCount ?? targetCount
  }
}
