import NetworkGraph

/// One node of a graph, as theory sees it.
public struct GraphNode: Sendable {
  public enum Operation: Sendable {
    /// A fully connected layer with its activation, on one input.
    case layer(ChainLayer)
    /// A layer whose weights are scaled until its pre-activations over the batch have variance 1: over units and samples
    /// (LSUV), or with `perUnit` for each unit, whose bias then takes away the mean.
    case calibrated(ChainLayer, perUnit: Bool)
    /// A normalization with its activation, on one input.
    case normalized(NormalizedSignal)
    /// The sum of its inputs.
    case sum
    /// The first input plus `branchGain` times the sum of the others.
    case weightedSum(branchGain: Double)
  }

  public var operation: Operation
  /// Indices of the nodes that it reads, each before this one; nil is the graph's input.
  public var inputs: [Int?]

  public init(_ operation: Operation, inputs: [Int?]) {
    self.operation = operation
    self.inputs = inputs
  }
}

/// A normalization `z = gain (x - mean) / sqrt(variance + epsilon)`, followed by an activation.
///
/// Over a layer, mean and variance are those of one sample's units; over a batch, those of one unit's samples. At infinite
/// width and batch both are fixed numbers, and the gradient's own projections on the mean and on z, a share of 1/width or
/// 1/batch each, vanish (Yang et al. 2019, "A mean field theory of batch normalization").
public struct NormalizedSignal: Sendable {
  public enum Axis: Sendable, Hashable {
    case layer, batch
  }
  public var axis: Axis
  public var epsilon: Double
  public var gain: Double
  public var activation: Activation

  public init(over axis: Axis, epsilon: Double = 0, gain: Double = 1, activation: Activation = .identity) {
    self.axis = axis
    self.epsilon = epsilon
    self.gain = gain
    self.activation = activation
  }
}

extension GraphNode.Operation {
  /// The layer; nil for others.
  var layer: ChainLayer? {
    switch self {
    case .layer(let layer), .calibrated(let layer, _): layer
    case .sum, .weightedSum, .normalized: nil
    }
  }

  /// The factor on a sum's inputs after the first; nil for other nodes.
  var branchGain: Double? {
    switch self {
    case .sum: 1
    case .weightedSum(let gain): gain
    default: nil
    }
  }

  var normalization: NormalizedSignal? {
    if case .normalized(let normalization) = self { normalization } else { nil }
  }

  /// Whether the node's activation, if any, is the identity.
  var isLinear: Bool {
    let activation = layer?.activation ?? normalization?.activation
    return activation.map { $0.isIdentity } ?? true
  }
}
