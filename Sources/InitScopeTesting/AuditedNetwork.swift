import InitScope

/// An audit of a network under one initializer, on which any number of expectations can be checked.
///
/// The audit is a measurement over `replicas` independent drawings: expectations compare intervals with bounds, at a stated
/// false-alarm rate, and more replicas see smaller errors. The same seed gives the same outcome.
public struct AuditedNetwork: Sendable {
  public let configuration: AuditConfiguration
  /// The measurements, with theory's numbers and the rules' findings.
  public let report: AuditReport

  /// The report's only run.
  public var run: InitializerRun { report.runs[0] }

  /// Audits the network.
  ///
  /// - Parameters:
  ///   - network: The network to audit.
  ///   - initializer: Fills the weights that the network leaves open.
  ///   - input: Where the samples come from.
  ///   - batch: Samples in one batch.
  ///   - replicas: How often weights and inputs are drawn anew.
  ///   - seed: Chooses all random numbers.
  ///   - threads: Threads to run on; results do not depend on them.
  ///   - weights: Weights to use in place of drawn ones, by the layer's name: those of a model that exists. All replicas
  ///     share them; their inputs and the gradients that start the backward pass still differ.
  /// - Throws: As `Audit.run`, for what cannot be audited.
  public init(
    _ network: Network, initializer: Initializer, input: AuditInput = .gaussian, batch: Int = 128, replicas: Int = 8,
    seed: UInt64 = 0, threads: Int = 2, weights: [String: [Float]] = [:]
  ) throws {
    var configuration = AuditConfiguration(
      network: network, initializers: [initializer], input: input, batch: batch, replicas: replicas, seed: seed,
      threads: threads)
    configuration.given = GivenTensors(weights: weights)
    try self.init(configuration)
  }

  /// Audits the network that a file describes: a Keras model, or a network in YAML. A Keras model that our own layers cannot
  /// express runs as a graph of operators.
  ///
  /// - Parameters:
  ///   - path: The file, in any format of `ModelFormat`.
  ///   - initializer: Fills the weights; nil for what the model declares.
  ///   - weights: A file of weights to audit as they are, `model.weights.h5` or a `.keras` file; nil to draw them.
  ///   - reader: Reads HDF5 files by the command `initscope`.
  ///   - input: Where the samples come from.
  ///   - batch: Samples in one batch.
  ///   - replicas: How often weights and inputs are drawn anew.
  ///   - seed: Chooses all random numbers.
  ///   - threads: Threads to run on; results do not depend on them.
  /// - Throws: `NetworkFileError` for a file that cannot be read, a network that declares no initializers where none is
  ///   named included; and as `Audit.run`.
  public init(
    model path: String, initializer: Initializer? = nil, weights: String? = nil, reader: HDF5Reader = HDF5Reader(),
    input: AuditInput = .gaussian, batch: Int = 128, replicas: Int = 8, seed: UInt64 = 0, threads: Int = 2
  ) throws {
    if ModelFile.isGraph(path: path) {
      guard case .gaussian = input else {
        throw NetworkFileError(
          path: path, "runs as a graph of operators, whose inputs are drawn", hint: "Leave input out")
      }
      var options = KerasGraphModel.Options()
      options.batch = batch
      let file = try ModelFile.graph(path: path, options: options)
      let chosen = weights != nil ? .file : initializer ?? .keras
      let model = chosen == .file ? try ModelFile.filled(file, path: weights, reader: reader) : file.model
      try self.init(
        AuditConfiguration(model: model, initializers: [chosen], replicas: replicas, seed: seed, threads: threads))
      return
    }
    let model = try ModelFile.read(path: path)
    let chosen = try weights != nil ? .file : initializer ?? model.declaredInitializer(path)
    var configuration = AuditConfiguration(
      network: model.network, initializers: [chosen], input: input, batch: batch, replicas: replicas, seed: seed,
      threads: threads)
    if chosen == .file { configuration.given = try model.weights(path: weights, reader: reader) }
    try self.init(configuration)
  }

  /// Audits as configured; the configuration has one initializer.
  ///
  /// - Throws: As `Audit.run`, for what cannot be audited.
  public init(_ configuration: AuditConfiguration) throws {
    precondition(
      configuration.initializers.count == 1,
      "expectations look at one run, got \(configuration.initializers.count) initializers")
    self.configuration = configuration
    report = try Audit(configuration).diagnose()
  }
}
