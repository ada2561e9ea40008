import CTensorKernels
import NetworkGraph
import TensorKernels

/// Layer normalization: `z = gain (x - mean) / sqrt(variance + epsilon) + shift` over each row, a sample or a step of a
/// sequence.
final class LayerNormKernel: LayerKernel {
  private let rows: Int
  private let columns: Int
  private let normalization: Normalization
  /// The moments of the last forward pass, one value per row.
  private let means: FloatBuffer
  private let inverses: FloatBuffer
  private var gainSums: [Double]
  private var shiftSums: [Double]

  let scaling = KernelScaling.invariant

  init(_ layer: LayerNorm, _ context: KernelContext) throws {
    normalization = layer.normalization
    columns = LayerNorm.columns(of: context.inputShapes[0])
    rows = context.batch * context.inputShapes[0].count / columns
    means = try FloatBuffer(capacity: rows)
    inverses = try FloatBuffer(capacity: rows)
    gainSums = Array(repeating: 0, count: columns)
    shiftSums = gainSums
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    initscope_row_normalize(
      inputs[0], rows, columns, normalization.epsilon / (scale * scale),
      normalization.hasGain ? parameters[0] : nil, normalization.hasShift ? parameters[parameters.count - 1] : nil, z,
      means.pointer, inverses.pointer)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    initscope_row_normalize_gradient(
      gradient, inputs[0], rows, columns, means.pointer, inverses.pointer, normalization.hasGain ? parameters[0] : nil,
      inputGradients[0], &gainSums, &shiftSums)
    guard let last = parameterGradients.last else { return }
    if normalization.hasGain, let target = parameterGradients[0] { initscope_narrow(gainSums, columns, target) }
    if normalization.hasShift, let last { initscope_narrow(shiftSums, columns, last) }
  }
}
