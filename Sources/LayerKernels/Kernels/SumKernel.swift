import NetworkGraph
import TensorKernels

/// Computes `z = x_1 + g (x_2 + ...)` over signals of one shape, where g is 1 for a sum without gain.
final class SumKernel: LayerKernel {
  private let count: Int
  private let hasGain: Bool

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ layer: Add, _ context: KernelContext) {
    count = context.batch * context.outputShape.count
    hasGain = layer.hasGain
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    guard hasGain else {
      z.update(from: inputs[0], count: count)
      for input in inputs.dropFirst() { Elementwise.add(input, to: z, count: count) }
      return
    }
    z.update(from: inputs[1], count: count)
    for input in inputs.dropFirst(2) { Elementwise.add(input, to: z, count: count) }
    Elementwise.scale(z, by: parameters[0].pointee, count: count)
    Elementwise.add(inputs[0], to: z, count: count)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    for (place, target) in inputGradients.enumerated() {
      guard let target else { continue }
      target.update(from: gradient, count: count)
      if hasGain, place > 0 { Elementwise.scale(target, by: parameters[0].pointee, count: count) }
    }
    guard hasGain, case .some(let target)? = parameterGradients.first else { return }
    var sum = 0.0
    for input in inputs.dropFirst() {
      for index in 0..<count { sum += Double(gradient[index]) * Double(input[index]) }
    }
    target.pointee = Float(sum)
  }
}
