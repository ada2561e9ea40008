import NetworkGraph

/// One node of a graph as theory sees it.
public struct GraphNode: Sendable {
  public enum Operation: Sendable {
    /// A fully connected layer with its activation, on one input.
    case layer(ChainLayer)
    /// A layer whose weights the batch itself scales until its pre-activations have variance 1, whatever the weight variance
    /// named: over units and samples (LSUV), or `perUnit` over the samples of each unit, with the bias taking its mean
    /// (within-layer normalization).
    case calibrated(ChainLayer, perUnit: Bool)
    /// A normalization with its activation, on one input.
    case normalized(NormalizedSignal)
    /// The sum of its inputs.
    case sum
    /// The first input and `branchGain` times the sum of the others.
    case weightedSum(branchGain: Double)
  }

  public var operation: Operation
  /// Places of the nodes whose outputs arrive, each before this one; nil is the graph's input.
  public var inputs: [Int?]

  public init(_ operation: Operation, inputs: [Int?]) {
    self.operation = operation
    self.inputs = inputs
  }
}

/// `z = gain (x - mean) / sqrt(variance + epsilon)`, then the activation.
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

  /// What a sum multiplies its inputs after the first with; nil for others.
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

  /// Whether the activation, if any, leaves its argument as it is.
  var isLinear: Bool {
    let activation = layer?.activation ?? normalization?.activation
    return activation.map { $0.isIdentity } ?? true
  }
}
