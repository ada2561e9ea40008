/// Everything that one audit measured. As JSON it is a document of schema version 1.
///
/// Keys are a contract with tools outside this package: they may be added, never renamed.
public struct AuditReport: Sendable, Equatable {
  public static let schemaVersion = 1

  public var tool: Tool
  public var environment: Environment
  public var network: NetworkSummary
  public var input: Input
  public var seed: UInt64
  /// The number of replicas: independent draws of weights, inputs and output gradients.
  public var seeds: Int
  public var runs: [InitializerRun]

  package init(
    tool: Tool, environment: Environment, network: NetworkSummary, input: Input, seed: UInt64, seeds: Int,
    runs: [InitializerRun]
  ) {
    self.tool = tool
    self.environment = environment
    self.network = network
    self.input = input
    self.seed = seed
    self.seeds = seeds
    self.runs = runs
  }

  public struct Tool: Sendable, Equatable, Codable {
    public var name: String
    public var version: String
    /// The command line that made the report; empty for a report made through the library.
    public var command: String
    public init(name: String, version: String, command: String = "") {
      self.name = name
      self.version = version
      self.command = command
    }
  }

  /// Where and how fast the audit ran. Nothing in `runs` depends on it but the last bits of a matrix product.
  public struct Environment: Sendable, Equatable, Codable {
    public var threads: Int
    public var blas: String
    public var peakMemoryBytes: Int
    public var memoryLimitBytes: Int
    /// How long the whole command took, or the library's call, in seconds.
    public var seconds: Double
    /// The seconds by part of the work; nil in reports of versions that did not tell them apart.
    public var phases: Phases?

    /// Seconds that each part of a command took; nil for a part that was left out.
    public struct Phases: Sendable, Equatable, Codable {
      public var load: Double?
      public var audit: Double?
      public var verdict: Double?
      public var remedies: Double?
      public var render: Double?

      package init() {}

      public subscript(phase: AuditPhase) -> Double? {
        get {
          switch phase {
          case .load: load
          case .audit: audit
          case .verdict: verdict
          case .remedies: remedies
          case .render: render
          }
        }
        set {
          switch phase {
          case .load: load = newValue
          case .audit: audit = newValue
          case .verdict: verdict = newValue
          case .remedies: remedies = newValue
          case .render: render = newValue
          }
        }
      }
    }

    package init(threads: Int, blas: String, peakMemoryBytes: Int, memoryLimitBytes: Int, seconds: Double) {
      self.threads = threads
      self.blas = blas
      self.peakMemoryBytes = peakMemoryBytes
      self.memoryLimitBytes = memoryLimitBytes
      self.seconds = seconds
    }
  }

  public struct NetworkSummary: Sendable, Equatable, Codable {
    public var name: String
    public var parameters: Int
    public var layers: [Layer]
    package init(name: String, parameters: Int, layers: [Layer]) {
      self.name = name
      self.parameters = parameters
      self.layers = layers
    }
    public struct Layer: Sendable, Equatable, Codable {
      public var index: Int
      public var name: String
      public var kind: String
      public var inputs: [String]
      public var outputShape: [Int]
      public var parameters: Int
      public var activation: String
      package init(
        index: Int, name: String, kind: String, inputs: [String], outputShape: [Int], parameters: Int, activation: String
      ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.inputs = inputs
        self.outputShape = outputShape
        self.parameters = parameters
        self.activation = activation
      }
    }
  }

  public struct Input: Sendable, Equatable, Encodable {
    public var source: String
    public var scaling: String
    public var batch: Int
    /// The mean and deviation used for standardization; nil where there was none.
    public var mean: Double?
    public var standardDeviation: Double?
    /// The second moment of the batches' values and the mean cosine between their samples, as means over replicas.
    public var secondMoment: Double?
    /// The mean over replicas of log10 of the batch's second moment, the same scale as the layers'.
    public var log10SecondMoment: Double?
    public var cosineSimilarity: Double?
    /// The variance of that cosine over pairs of samples, as a mean over replicas: 1 / features for independent directions.
    public var cosineVariance: Double?
    /// The mean cosine over pairs of steps of one sample, over samples and replicas; nil for inputs that are not sequences.
    public var tokenCosine: Double?
    /// The second moments of single samples: means of sixteen groups of equal size by rank (fewer in a smaller batch), each
    /// over replicas. Real inputs differ in norm, and theory starts from that.
    public var sampleSecondMoments: [Double] = []
    /// What the backward pass started from: `gaussian` (N(0, 1) values on the output) or the name of a loss.
    public var backward: String
    /// The number of classes of the samples, and their names where the source has them.
    public var classes: Int?
    public var classNames: [String]?
    /// Whether random numbers stand in for data.
    public var isDrawn: Bool
    package init(
      source: String, scaling: String, batch: Int, mean: Double?, standardDeviation: Double?, backward: String,
      isDrawn: Bool
    ) {
      self.source = source
      self.isDrawn = isDrawn
      self.scaling = scaling
      self.batch = batch
      self.mean = mean
      self.standardDeviation = standardDeviation
      self.backward = backward
    }
  }
}
