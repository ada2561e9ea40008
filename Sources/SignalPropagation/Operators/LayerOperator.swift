import LayerKernels
import NetworkGraph
import TensorKernels

/// The weights and bias of one node, drawn and ready to multiply.
final class LayerWeights {
  let weights: ScaledSignal
  /// One value a unit in true units, which may lie beyond Float's; nil where every value is zero.
  var bias: [Double]?
  /// log2 of the bias's root mean square, nil where there is none.
  var log2BiasRMS: Double?

  init(weights: ScaledSignal, bias: [Double]?, log2BiasRMS: Double?) {
    self.weights = weights
    self.bias = bias
    self.log2BiasRMS = log2BiasRMS
  }
}

/// How the engine executes one kind of layer: the operation itself, forward; the activation is the engine's own.
///
/// Signals carry their scale; an operator chooses the scale of what it makes from the sizes of what it takes.
protocol LayerOperator {
  /// The pre-activation. `exponent` maps its expected log2 RMS to the exponent that it must have.
  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal
}

/// A linear operation, whose way back needs no signal of the way there: gradients of inputs and weights come at their own
/// times, and signals can be computed again in between.
protocol LinearOperator: LayerOperator {
  /// The gradients with respect to the inputs, nil where `wanted` is false.
  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?]

  /// The gradient with respect to the weights, summed over the batch; nil for a layer without weights.
  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal?
}

/// What an operation without that freedom returns at once.
struct OperatorGradients {
  var inputs: [ScaledSignal?]
  /// Of the node's first weights.
  var weights: ScaledSignal?
}

/// Finds the operator that executes a layer: products and sums in the engine's own scales, all others by their kernels.
enum OperatorCatalogue {
  static func make(
    for node: Network.Node, store: WeightStore, index: Int, batch: Int
  ) throws -> any LayerOperator {
    switch node.layer {
    // One row a sample: a sequence has a row a step.
    case let layer as Dense where node.inputShapes[0].dimensions.count == 1: DenseOperator(units: layer.units)
    case is Add: AddOperator(gain: node.parameters.first.map { store.scalar($0, node: index) } ?? 1)
    default: try KernelOperator(node, store: store, index: index, batch: batch)
    }
  }

  /// Whether a node runs by a kernel, which must see its signals again on the way back.
  static func usesKernel(_ node: Network.Node) -> Bool {
    switch node.layer {
    case is Dense: node.inputShapes[0].dimensions.count != 1
    case is Add: false
    default: true
    }
  }
}
