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

/// How the engine executes one kind of layer: the linear part, forward and backward; the activation is the engine's own.
///
/// Signals carry their scale; an operator chooses the scale of what it makes from the sizes of what it takes.
protocol LayerOperator {
  /// The pre-activation. `exponent` maps its expected log2 RMS to the exponent that it must have.
  func forward(
    _ inputs: [ScaledSignal], weights: LayerWeights?, exponent: (Double?) -> Double, pool: BufferPool
  ) throws -> ScaledSignal

  /// The gradients with respect to the inputs, nil where `wanted` is false.
  func backward(
    _ gradient: ScaledSignal, weights: LayerWeights?, wanted: [Bool], pool: BufferPool
  ) throws -> [ScaledSignal?]

  /// The gradient with respect to the weights, summed over the batch; nil for a layer without weights.
  func weightGradient(_ gradient: ScaledSignal, input: ScaledSignal, pool: BufferPool) throws -> ScaledSignal?
}

/// Finds the operator that executes a layer.
enum OperatorCatalogue {
  static func make(for node: Network.Node) throws -> any LayerOperator {
    switch node.layer {
    // One row a sample: a sequence has a row a step.
    case let layer as Dense where node.inputShapes[0].dimensions.count == 1: DenseOperator(units: layer.units)
    case is Add: AddOperator()
    default: throw UnsupportedLayer(name: node.name, kind: node.layer.kind)
    }
  }
}

/// A layer that this engine has no operator for, as one declared outside the catalogue.
public struct UnsupportedLayer: Error, Sendable, CustomStringConvertible {
  public var name: String
  public var kind: String
  public var description: String { "layer '\(name)': the engine cannot execute layers of kind '\(kind)'" }
}
