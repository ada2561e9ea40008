import CTensorKernels
import NetworkGraph
import TensorKernels

/// Dropout: in training `z = x / (1 - rate)` where the pass's mask keeps a value, else 0.
///
/// The mask of pass p begins at element p n of the node's stream of masks, n being the whole batch's values rounded up to
/// the stream's alignment; a value is kept where its 32-bit word is not below rate 2^32.
final class DropoutKernel: LayerKernel {
  private let count: Int
  private let threshold: UInt32
  private let factor: Float
  private let stream: RandomStream
  private let mask: KernelArray
  let memory = KernelMemory()
  private let stride: Int
  var passNumber = 0
  /// Whether the last forward pass drew a mask.
  private var isMasked = false

  let scaling = KernelScaling.linear

  init(_ layer: Dropout, _ context: KernelContext) {
    count = context.batch * context.outputShape.count
    let whole = context.wholeBatch * context.outputShape.count
    stride = (whole + RandomStream.alignment - 1) / RandomStream.alignment * RandomStream.alignment
    // A rate within 2^-33 of 1 would round to 2^32.
    threshold = UInt32(min((layer.rate * 0x1p32).rounded(), Double(UInt32.max)))
    factor = Float(1 / (1 - layer.rate))
    stream = context.stream.of(.mask)
    mask = memory.array(layer.rate > 0 ? count : 1, .kept)
  }

  private var words: UnsafeMutablePointer<UInt32> {
    // The array's memory is bound to Float and never read as Float.
    UnsafeMutableRawPointer(mask.pointer).assumingMemoryBound(to: UInt32.self)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, exponent: Double
  ) {
    isMasked = mode == .training && threshold > 0
    guard isMasked else { return z.update(from: inputs[0], count: count) }
    stream.fillWords(UnsafeMutableBufferPointer(start: words, count: count), from: passNumber * stride)
    passNumber += 1
    initscope_dropout(inputs[0], words, count, threshold, factor, z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    guard let target = inputGradients[0] else { return }
    guard isMasked else { return target.update(from: gradient, count: count) }
    initscope_dropout(gradient, words, count, threshold, factor, target)
  }
}
