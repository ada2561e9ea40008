import LayerKernels
import NetworkGraph
import TensorKernels

/// The weights and bias of one node, drawn and ready to multiply.
final class LayerWeights {
  let weights: ScaledSignal
  /// The bias, one value per unit in true units, which may lie beyond Float's range; nil where every value is zero.
  var bias: [Double]?
  /// log2 of the bias's root mean square; nil where there is no bias.
  var log2BiasRMS: Double?

  init(weights: ScaledSignal, bias: [Double]?, log2BiasRMS: Double?) {
    self.weights = weights
    self.bias = bias
    self.log2BiasRMS = log2BiasRMS
  }
}

/// Executes one kind of layer in the engine, without its activation.
///
/// Signals carry their scale; an operator chooses the scale of what it makes from the sizes of what it takes.
protocol LayerOperator {
  /// Computes the pre-activation. `exponent` maps its expected log2 RMS to the exponent that it must have.
  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal
}

/// A linear operation. Its backward pass needs no signal of the forward pass, so gradients of inputs and weights can be
/// computed at different times.
protocol LinearOperator: LayerOperator {
  /// The gradients with respect to the inputs, nil where `wanted` is false.
  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?]

  /// The gradient with respect to the weights, summed over the batch; nil for a layer without weights.
  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal?
}

/// All gradients of an operation that has to compute them at once.
struct OperatorGradients {
  var inputs: [ScaledSignal?]
  /// The gradient with respect to the node's first weights.
  var weights: ScaledSignal?
}

/// Finds the operator that executes a layer: products and sums by the engine itself, all others by their kernels.
enum OperatorCatalogue {
  static func make(
    for node: Network.Node, store: WeightStore, index: Int, batch: Int
  ) throws -> any LayerOperator {
    switch node.layer {
    // One row per sample; a sequence has one row per step.
    case let layer as Dense where node.inputShapes[0].dimensions.count == 1: DenseOperator(units: layer.units)
    case is Add: AddOperator(gain: node.parameters.first.map { store.scalar($0, node: index) } ?? 1)
    default: try KernelOperator(node, store: store, index: index, batch: batch)
    }
  }

  /// Whether a node runs by a kernel, which needs its signals again in the backward pass.
  static func usesKernel(_ node: Network.Node) -> Bool {
    switch node.layer {
    case is Dense: node.inputShapes[0].dimensions.count != 1
    case is Add: false
    default: true
    }
  }
}
