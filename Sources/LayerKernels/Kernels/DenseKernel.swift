import NetworkGraph
import TensorKernels

/// Computes a dense layer, `z = x W^T + b`, for each sample or each step of a sequence.
final class DenseKernel: LayerKernel {
  private let rows: Int
  private let inputs: Int
  private let units: Int
  private let hasBias: Bool

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ layer: Dense, _ context: KernelContext) {
    units = layer.units
    hasBias = layer.hasBias
    inputs = layer.weightShape(from: context.inputShapes)?.inputs ?? context.inputShapes[0].count
    rows = context.batch * context.inputShapes[0].count / inputs
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    // z (rows, units) = x (rows, inputs) W^T, W (units, inputs)
    MatrixProduct.nt(m: rows, n: units, k: self.inputs, alpha: 1, inputs[0], parameters[0], into: z)
    if hasBias { Elementwise.addBias(parameters[1], to: z, rows: rows, columns: units) }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    if let target = inputGradients[0] {
      // dx (rows, inputs) = dz (rows, units) W (units, inputs)
      MatrixProduct.nn(m: rows, n: self.inputs, k: units, alpha: 1, gradient, parameters[0], into: target)
    }
    guard !parameterGradients.isEmpty else { return }
    if let target = parameterGradients[0] {
      // dW (units, inputs) = dz^T (units, rows) x (rows, inputs)
      MatrixProduct.tn(m: units, n: self.inputs, k: rows, alpha: 1, gradient, inputs[0], into: target)
    }
    if hasBias, let target = parameterGradients[1] {
      Elementwise.columnSums(gradient, rows: rows, columns: units, into: target)
    }
  }
}
