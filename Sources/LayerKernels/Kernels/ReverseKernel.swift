import NetworkGraph
import TensorKernels

/// Copies each sample's steps in reverse order, forward and backward alike.
final class ReverseKernel: LayerKernel {
  private let batch: Int
  private let steps: Int
  private let features: Int

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ context: KernelContext) {
    batch = context.batch
    let extents = context.inputShapes[0].dimensions
    steps = extents[0]
    features = context.inputShapes[0].count / extents[0]
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    copy(inputs[0], to: z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    guard let target = inputGradients[0] else { return }
    copy(gradient, to: target)
  }

  private func copy(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    for sample in 0..<batch {
      for step in 0..<steps {
        (target + (sample * steps + step) * features).update(
          from: source + (sample * steps + steps - 1 - step) * features, count: features)
      }
    }
  }
}
