import NetworkGraph
import TensorKernels

/// The sum of two or more signals of one shape.
final class SumKernel: LayerKernel {
  private let count: Int

  let scaling = KernelScaling.linear

  init(_ context: KernelContext) {
    count = context.batch * context.outputShape.count
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Float
  ) {
    z.update(from: inputs[0], count: count)
    for input in inputs.dropFirst() { Elementwise.add(input, to: z, count: count) }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    for case .some(let target) in inputGradients { target.update(from: gradient, count: count) }
  }
}
