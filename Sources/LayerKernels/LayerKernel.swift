import NetworkGraph
import TensorKernels

/// What an operation does to a signal that is multiplied by a positive factor.
public enum KernelScaling: Sendable {
  /// The result is multiplied by the factor, apart from biases: convolution, pooling, sums.
  case linear
  /// The result does not change, but for the epsilon, which matters beside a signal that is far smaller: normalization.
  case invariant
  /// It is not linear, but knows the factor and gives its result in it: attention.
  case known
  /// Neither: the operation needs true values (recurrent cells, softmax, embedding).
  case absolute
}

/// Training (batch statistics, dropout masks) or inference (running statistics, no masks).
public enum KernelMode: Sendable {
  case training, inference
}

/// Executes one layer's operation, without its activation, forward and backward on plain arrays, for a fixed batch size.
///
/// Signals are row-major, samples first: batch x features, batch x steps x features, batch x channels x height x width.
/// Parameters are in the order of `Layer.parameters`, weights row-major (outputs, inputs, taps) as in `WeightShape`. What
/// grows with the batch lies in `memory`, which the caller takes before a pass. A kernel remembers its last forward pass
/// (masks, batch moments, states) and belongs to one thread at a time.
public protocol LayerKernel: AnyObject {
  var scaling: KernelScaling { get }

  /// Whether the last forward pass gave its result in the units of its inputs, and not in true units.
  var keepsScale: Bool { get }

  /// The arrays that passes need; made with the kernel, since passes must allocate nothing.
  var memory: KernelMemory { get }

  /// Values that training updates but does not learn: a batch normalization's running moments. Empty for most layers.
  var state: [Float] { get set }

  /// Whether `state` may be set to these values: their number must fit, and training must be able to produce them.
  func accepts(state: [Float]) -> Bool

  /// The number of the next training pass, which seeds what a kernel draws itself (dropout masks). Each training pass adds
  /// 1. A training that is resumed sets it.
  var passNumber: Int { get set }

  /// Computes the pre-activation `z`.
  ///
  /// - Parameters:
  ///   - inputs: One array per input of the layer.
  ///   - parameters: One array per parameter tensor.
  ///   - z: Where the result goes.
  ///   - mode: Training or inference: dropout and batch normalization differ in them.
  ///   - exponent: Inputs, and where `keepsScale` the result, are in units of 2^exponent; 0 in training.
  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double)

  /// Computes the gradients of a loss, given the gradient with respect to `z`; every target is overwritten.
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
  public var keepsScale: Bool {
    switch scaling {
    case .linear, .known: true
    case .invariant, .absolute: false
    }
  }

  public var state: [Float] {
    get { [] }
    set { precondition(newValue.isEmpty, "this layer carries no state, got \(newValue.count) values") }
  }

  public func accepts(state: [Float]) -> Bool { state.isEmpty }

  /// The number of the pass, by which layers such as dropout draw; other layers ignore it.
  public var passNumber: Int {
    get { 0 }
    set {}
  }
}

/// A kernel with recurrent state, which can also give the gradient with respect to the state of each step.
public protocol RecurrentKernel: LayerKernel {
  var steps: Int { get }
  var units: Int { get }
  /// The hidden states after a forward pass, (batch, steps, units).
  var states: UnsafePointer<Float> { get }
  /// The number of values of all gates of one sample at one step.
  var gateCount: Int { get }
  /// Where forward passes write the gates' pre-activations, (batch, steps, gates); nil for nowhere.
  var gateTarget: UnsafeMutablePointer<Float>? { get set }
  /// After a backward pass: writes the gradients with respect to the gates' pre-activations, (batch, steps, gates).
  func writeGateGradients(into target: UnsafeMutablePointer<Float>)
  /// After a backward pass: the loss's gradient with respect to the hidden state of each step, through all later steps.
  var stateGradients: UnsafePointer<Float> { get }
  /// log2 of the mean square of that gradient for each step, also where it is outside Float's range; nil where it is zero or
  /// no number. It repeats the backward pass on the arrays of the last passes, which it overwrites.
  func stateGradientSizes(
    _ gradient: UnsafePointer<Float>, parameters: [UnsafePointer<Float>]
  ) -> [Double?]
}

/// What a kernel needs to know when it is made: batch size, shapes and random stream.
public struct KernelContext {
  public var layer: any Layer
  public var inputShapes: [Shape]
  public var outputShape: Shape
  public var batch: Int
  /// The largest batch of the same training. Passes are spaced by it in the random stream, so that a smaller batch draws the
  /// beginning of what the whole one would.
  public var wholeBatch: Int
  /// The stream for what a kernel draws itself: dropout masks.
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
