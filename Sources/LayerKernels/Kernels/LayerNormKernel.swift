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
  private let means: KernelArray
  private let inverses: KernelArray
  let memory = KernelMemory()
  private var gainSums: [Double]
  private var shiftSums: [Double]
  private var units = NormalizationUnits()

  let scaling = KernelScaling.invariant
  var keepsScale: Bool { units.keepsScale }

  init(_ layer: LayerNorm, _ context: KernelContext) {
    normalization = layer.normalization
    columns = LayerNorm.columns(of: context.inputShapes[0])
    rows = context.batch * context.inputShapes[0].count / columns
    means = memory.array(rows, .kept)
    inverses = memory.array(rows, .kept)
    gainSums = Array(repeating: 0, count: columns)
    shiftSums = gainSums
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    let shift = normalization.hasShift ? parameters[parameters.count - 1] : nil
    units = NormalizationUnits(epsilon: normalization.epsilon, scale: scale, shift: shift, count: columns)
    initscope_row_normalize(
      inputs[0], rows, columns, units.weight, units.epsilon, normalization.hasGain ? parameters[0] : nil, shift, z,
      means.pointer, inverses.pointer)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    initscope_row_normalize_gradient(
      gradient, inputs[0], rows, columns, units.weight, means.pointer, inverses.pointer,
      normalization.hasGain ? parameters[0] : nil, inputGradients[0], &gainSums, &shiftSums)
    guard let last = parameterGradients.last else { return }
    if normalization.hasGain, let target = parameterGradients[0] { initscope_narrow(gainSums, columns, target) }
    if normalization.hasShift, let last { initscope_narrow(shiftSums, columns, last) }
  }
}
