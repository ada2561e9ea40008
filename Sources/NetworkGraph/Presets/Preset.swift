/// A network that a name and a few sizes describe.
public struct Preset: Sendable {
  public var name: String
  public var summary: String
  /// The options that the preset heeds; others have no meaning for it.
  public var options: Set<PresetOptions.Name>
  /// Sizes where none are given: small enough that an audit of all default initializers takes less than 20 seconds on two cores.
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

  /// The preset of that name, nil where there is none.
  public static func named(_ name: String) -> Preset? { all.first { $0.name == name } }
}

/// The sizes that a preset is made from.
public struct PresetOptions: Hashable, Sendable {
  public static let depthRange = 1...10_000
  public static let sizeRange = 1...(1 << 20)
  /// As for every standard deviation of a normal initializer: variances are then Doubles.
  public static let biasDeviationRange = 0...1e100

  /// Number of hidden layers.
  public var depth: Int
  /// Units of each hidden layer.
  public var width: Int
  public var inputs: Int
  public var outputs: Int
  public var activation: Activation
  /// Deviation of every hidden layer's bias; 0 for zero biases.
  public var biasStandardDeviation: Double
  /// Initializer of the output layer's weights; nil where the audit's fills them.
  public var outputInitializer: Initializer?
  /// What normalizes a hidden layer's pre-activations.
  public var normalization = Normalizing.none
  /// Whether hidden layers add to what they read.
  public var residual = false
  /// The data's images, for presets that read images.
  public var image: Shape?
  /// The data's tokens a sample, for presets that read tokens.
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

    /// Whether it is given or not, and takes no value.
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
