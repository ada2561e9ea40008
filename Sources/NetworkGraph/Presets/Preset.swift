/// A ready-made architecture that takes a few sizes, such as `mlp` or `resnet-20`.
public struct Preset: Sendable {
  public var name: String
  public var summary: String
  /// The options that the preset uses; it refuses the others.
  public var options: Set<PresetOptions.Name>
  /// Sizes where none are given: small enough that an audit of all default initializers takes less than 20 seconds on two
  /// cores.
  public var defaults = Defaults()
  public var make: @Sendable (PresetOptions) throws(NetworkError) -> Network

  /// What a preset is, and how it is audited, where nothing else is said.
  public struct Defaults: Hashable, Sendable {
    public var depth = 20
    public var width = 256
    /// Samples of an audit's batch.
    public var batch = 256
    /// Independent draws of weights and inputs.
    public var replicas = 5

    public init() {}

    init(depth: Int = 20, width: Int = 256, batch: Int = 256, replicas: Int = 5) {
      (self.depth, self.width, self.batch, self.replicas) = (depth, width, batch, replicas)
    }
  }

  public static let all: [Preset] = [
    .mlp, .leNet, .cifarCNN, .residualMLP, .resNet20, .imdbRNN, .transformerBlock,
  ]

  /// Finds the preset of that name; nil where there is none.
  public static func named(_ name: String) -> Preset? { all.first { $0.name == name } }
}

/// The sizes and options from which a preset is made.
public struct PresetOptions: Hashable, Sendable {
  public static let depthRange = 1...10_000
  public static let sizeRange = 1...(1 << 20)
  /// Deviations that are allowed: the same as for every normal initializer, so that variances fit into a Double.
  public static let biasDeviationRange = 0...1e100

  /// Number of hidden layers.
  public var depth: Int
  /// Units of each hidden layer.
  public var width: Int
  public var inputs: Int
  public var outputs: Int
  public var activation: Activation
  /// The standard deviation of every hidden layer's bias; 0 for zero biases.
  public var biasStandardDeviation: Double
  /// The initializer of the output layer's weights; nil to use the audit's.
  public var outputInitializer: Initializer?
  /// What normalizes a hidden layer's pre-activations.
  public var normalization = Normalizing.none
  /// Whether hidden layers add their result to their input.
  public var residual = false
  /// The shape of the data's images, for presets that read images.
  public var image: Shape?
  /// The number of tokens per sample, for presets that read tokens.
  public var tokens: Int?

  /// Whether each residual branch is multiplied by a learnable scalar.
  public var branchGain = false

  /// An option by its name on the command line.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    case activation, depth, width, inputs, outputs
    case outputInitializer = "output-init"
    case biasStandardDeviation = "bias-std"
    case residual
    case normalization = "norm"
    case branchGain = "branch-gain"

    /// Whether it is a flag, which takes no value.
    public var isFlag: Bool { self == .residual || self == .branchGain }
  }

  public enum Normalizing: String, Hashable, Sendable, CaseIterable {
    case none, batch, layer
  }

  public init(
    depth: Int = 20, width: Int = 256, inputs: Int = 256, outputs: Int = 10, activation: Activation = .relu,
    biasStandardDeviation: Double = 0, outputInitializer: Initializer? = nil
  ) {
    precondition(PresetOptions.depthRange.contains(depth), "depth must lie in \(PresetOptions.depthRange), got \(depth)")
    precondition(
      [width, inputs, outputs].allSatisfy(PresetOptions.sizeRange.contains),
      "sizes must lie in \(PresetOptions.sizeRange), got \(width), \(inputs), \(outputs)")
    precondition(
      PresetOptions.biasDeviationRange.contains(biasStandardDeviation),
      "a bias deviation lies in \(PresetOptions.biasDeviationRange), got \(biasStandardDeviation)")
    self.depth = depth
    self.width = width
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation
    self.biasStandardDeviation = biasStandardDeviation
    self.outputInitializer = outputInitializer
  }
}
