import CTensorKernels
import NetworkGraph
import TensorKernels

/// Computes the softmax of each row of features.
final class SoftmaxKernel: LayerKernel {
  private let rows: Int
  private let columns: Int

  let scaling = KernelScaling.absolute
  let memory = KernelMemory()

  init(_ context: KernelContext) {
    columns = context.outputShape.dimensions.last ?? 1
    rows = context.batch * context.outputShape.count / columns
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    initscope_softmax(inputs[0], rows, columns, 0, z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    guard let target = inputGradients[0] else { return }
    initscope_softmax_gradient(z, gradient, rows, columns, target)
  }
}
