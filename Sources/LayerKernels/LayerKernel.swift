import NetworkGraph
import TensorKernels

/// How an operation treats a signal that is multiplied by a positive factor.
public enum KernelScaling: Sendable {
  /// The result is multiplied by it too, biases apart: convolution, pooling, sums.
  case linear
  /// The result does not change, an epsilon apart: normalization.
  case invariant
  /// Neither: the operation must see true values (recurrent cells, attention, softmax, embedding).
  case absolute
}

/// Whether a pass is part of training: batch statistics and dropout masks, or running statistics and no masks.
public enum KernelMode: Sendable {
  case training, inference
}

/// One layer's operation, without its activation, prepared for a fixed batch: forward and backward on plain arrays.
///
/// Signals are row-major, samples first: batch x features, batch x steps x features, batch x channels x height x width.
/// Parameters stand in the order of `Layer.parameters`, weights row-major outputs x inputs x taps as in `WeightShape`. All
/// memory that a pass needs is taken in `init`. A kernel remembers its last forward pass (masks, batch moments, states) and
/// belongs to one thread at a time.
public protocol LayerKernel: AnyObject {
  var scaling: KernelScaling { get }

  /// Values that training carries along and does not learn: a batch normalization's running moments. Empty for most.
  var state: [Float] { get set }

  /// Whether `state` could be set to these values: their number, and what no training could have made of them.
  func accepts(state: [Float]) -> Bool

  /// The number of the next training pass, by which a kernel draws what it draws itself (dropout's masks); each such pass
  /// counts it up. A training that is taken up again sets it.
  var passNumber: Int { get set }

  /// Computes the pre-activation `z`.
  ///
  /// - Parameters:
  ///   - inputs: One array per input of the layer.
  ///   - parameters: One array per parameter tensor.
  ///   - z: Where the result goes.
  ///   - mode: Training or inference: dropout and batch normalization differ in them.
  ///   - scale: Inputs and result are in units of this factor: an epsilon in true units is divided by it. 1 in training.
  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double)

  /// Computes the gradients of a loss, given the one with respect to `z`; every target is overwritten.
  ///
  /// - Parameters:
  ///   - gradient: Of the loss with respect to `z`.
  ///   - inputs: As the last forward pass had them.
  ///   - parameters: As the last forward pass had them.
  ///   - z: What the last forward pass computed.
  ///   - inputGradients: Targets, nil where not wanted.
  ///   - parameterGradients: Targets, sums over the batch; nil where not wanted. Empty for none at all.
  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?])
}

extension LayerKernel {
  public var state: [Float] {
    get { [] }
    set { precondition(newValue.isEmpty, "this layer carries no state, got \(newValue.count) values") }
  }

  public func accepts(state: [Float]) -> Bool { state.isEmpty }

  /// Layers that draw nothing do not count.
  public var passNumber: Int {
    get { 0 }
    set {}
  }
}

/// A layer with recurrent state, whose gradient with respect to the state of each step can be looked at.
public protocol RecurrentKernel: LayerKernel {
  var steps: Int { get }
  var units: Int { get }
  /// After a forward pass: the hidden states, batch x steps x units.
  var states: UnsafePointer<Float> { get }
  /// Values of all gates of one sample at one step.
  var gateCount: Int { get }
  /// Where forward passes write the gates' pre-activations, batch x steps x gates; nil for nowhere.
  var gateTarget: UnsafeMutablePointer<Float>? { get set }
  /// After a backward pass: writes the gradients with respect to the gates' pre-activations, batch x steps x gates.
  func writeGateGradients(into target: UnsafeMutablePointer<Float>)
  /// After a backward pass: the loss's total gradient with respect to the hidden state of each step, through all later steps.
  var stateGradients: UnsafePointer<Float> { get }
  /// log2 of the mean square of that gradient for each step, nil where it is zero or no number; also where it lies below
  /// or above what a Float holds. The way back is gone once more for it, from the arrays of the last passes, which it overwrites.
  func stateGradientSizes(
    _ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]
  ) -> [Double?]
}

/// What a kernel needs to know of its place.
public struct KernelContext {
  public var layer: any Layer
  public var inputShapes: [Shape]
  public var outputShape: Shape
  public var batch: Int
  /// The largest batch of the same training, by which passes are set apart in the stream: a smaller one draws the beginning of
  /// what the whole one would.
  public var wholeBatch: Int
  /// For what a kernel draws itself: dropout masks.
  public var stream: RandomStream

  public init(
    layer: any Layer, inputShapes: [Shape], outputShape: Shape, batch: Int, wholeBatch: Int? = nil, stream: RandomStream
  ) {
    self.layer = layer
    self.inputShapes = inputShapes
    self.outputShape = outputShape
    self.batch = batch
    self.wholeBatch = wholeBatch ?? batch
    self.stream = stream
  }
}
