import DataSets
import NetworkGraph
import Spelling

/// What to audit: a network, the initializers to compare, the input, and how often to repeat.
public struct AuditConfiguration: Sendable {
  public static let batchRange = 1...(1 << 20)
  public static let replicaRange = 1...100_000
  public static let threadRange = 1...256

  public var network: Network
  /// The initializers to compare. Each fills the tensors for which the network's layers name none.
  public var initializers: [Initializer]
  public var input: AuditInput
  public var backward: BackwardSource
  /// The number of samples in one batch.
  public var batch: Int
  /// The number of replicas: independent drawings of weights, inputs and output gradients.
  public var replicas: Int
  public var seed: UInt64
  public var threads: Int
  /// Bytes that the process may use, including what it uses already; nil for half of the free memory.
  public var memoryLimit: Int?
  /// Whether the results include histograms.
  public var histograms: Bool
  /// False only to measure what the statistics cost: the report's moments are then empty.
  public var measuresStatistics = true
  /// Bytes that the process is assumed to use before the audit; nil to ask the system.
  package var occupiedMemory: Int?
  /// Weights and biases to use instead of drawn ones, such as those of an existing network. Where `file` is among the
  /// initializers, its run has them and the others draw their own.
  public var given = GivenTensors() {
    didSet { if given.hasParameters { network.bringsWeights = true } }
  }
  /// A model from a file, of which `network` then holds the measuring points; nil for a network of our own layers.
  package var graphPlan: GraphPlan?
  /// Arrays to use as that model's inputs, cotangent and classes.
  public var graphArrays = GraphArrays()
  /// Receives a copy of every tensor, on worker threads.
  package var tap: (@Sendable (TensorCopy) -> Void)?

  public init(
    network: Network, initializers: [Initializer], input: AuditInput = .gaussian, backward: BackwardSource = .gaussian,
    batch: Int = 256, replicas: Int = 5, seed: UInt64 = 0, threads: Int = 2, memoryLimit: Int? = nil, histograms: Bool = true
  ) {
    precondition(!initializers.isEmpty, "an audit needs at least one initializer")
    precondition(Self.batchRange.contains(batch), "the batch must lie in \(Self.batchRange), got \(batch)")
    precondition(Self.replicaRange.contains(replicas), "replicas must lie in \(Self.replicaRange), got \(replicas)")
    precondition(Self.threadRange.contains(threads), "threads must lie in \(Self.threadRange), got \(threads)")
    self.network = network
    self.initializers = initializers
    self.input = input
    self.backward = backward
    self.batch = batch
    self.replicas = replicas
    self.seed = seed
    self.threads = threads
    self.memoryLimit = memoryLimit
    self.histograms = histograms
  }
}

extension AuditConfiguration {
  /// Describes the audit of a model from a file.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - initializers: `file` for its own weights, others to draw its weights anew.
  ///   - backward: From what the backward pass starts.
  ///   - replicas: How often inputs and cotangents, and drawn weights, are drawn.
  ///   - seed: What the draws depend on.
  ///   - threads: How many threads work.
  ///   - everyValue: Whether the report holds every float value of the graph besides the layers.
  /// - Throws: `GraphError` where the model's operators do not fit together, `OutOfMemory`.
  public init(
    model: GraphModel, initializers: [Initializer] = [.file], backward: BackwardSource = .gaussian, replicas: Int = 5,
    seed: UInt64 = 0, threads: Int = 2, everyValue: Bool = false
  ) throws {
    let plan = try GraphPlan(model, everyValue: everyValue)
    self.init(
      network: plan.network, initializers: initializers, backward: backward,
      batch: min(max(1, model.batch), Self.batchRange.upperBound), replicas: replicas, seed: seed, threads: threads)
    graphPlan = plan
  }

  /// Sentences about a model from a file: what it does not hold, what was chosen.
  public var notes: [String] {
    guard let plan = graphPlan else { return [] }
    let undrawn = plan.undrawn
    let notes = plan.model.notes + [plan.classNote(backward, labels: graphArrays.labels)].compactMap(\.self)
    guard initializers.contains(where: { $0 != .file }), !undrawn.isEmpty else { return notes }
    let rest = undrawn.count > 3 ? " and \(undrawn.count - 3) more" : ""
    return notes + [
      "Under every initializer these stay as the file has them, because they are weights of no product or convolution: "
        + undrawn.prefix(3).joined(separator: ", ") + rest + "."
    ]
  }

  /// Whether the given parameters are meant for this initializer: they are `file`'s alone where that is among them.
  package func givesParameters(to initializer: Initializer) -> Bool {
    initializer.entry.origin == .file || !initializers.contains { $0.entry.origin == .file }
  }

  /// What is given to the run of this initializer.
  package func given(to initializer: Initializer) -> GivenTensors {
    guard !givesParameters(to: initializer) else { return given }
    var other = given
    (other.weights, other.biases, other.parameters) = ([:], [:], [:])
    return other
  }

  /// The input, with its samples prepared for the network (see `SampleSet.fitted(to:)`).
  ///
  /// - Throws: `InputMismatch` where their axes differ from the network's, or a value is no token id of its embedding.
  package func fittedInput() throws(InputMismatch) -> AuditInput {
    guard case .samples(let set, let scaling) = input, given.input == nil else { return input }
    do {
      return .samples(try set.fitted(to: network), scaling)
    } catch {
      throw InputMismatch(message: "\(error.path): \(error.message)", hint: error.hint ?? "")
    }
  }
}

/// Where the samples of a batch come from.
public enum AuditInput: Sendable {
  /// Independent N(0, 1) values.
  case gaussian
  /// Independent uniform values: of zero mean and unit variance where standardized, on [-1, 1) where symmetric, else on [0,
  /// 1).
  case uniform(Scaling)
  /// A batch of a sample set, drawn without repetition as long as the set lasts.
  case samples(any SampleSet, Scaling)
}

/// The error that an input does not fit the network.
public struct InputMismatch: Error, Sendable, CustomStringConvertible {
  public var message: String
  public var hint: String
  public var description: String { TerminalText.safe("\(message). \(hint)") }
}
