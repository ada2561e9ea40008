import NetworkGraph
import TensorKernels

/// Copies the last step of each sample's sequence.
final class LastStepKernel: LayerKernel {
  private let batch: Int
  private let features: Int
  /// The number of values of one sample.
  private let count: Int

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ context: KernelContext) {
    batch = context.batch
    features = context.outputShape.count
    count = context.inputShapes[0].count
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    for sample in 0..<batch {
      (z + sample * features).update(from: inputs[0] + (sample + 1) * count - features, count: features)
    }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    guard let target = inputGradients[0] else { return }
    target.update(repeating: 0, count: batch * count)
    for sample in 0..<batch {
      (target + (sample + 1) * count - features).update(from: gradient + sample * features, count: features)
    }
  }
}
