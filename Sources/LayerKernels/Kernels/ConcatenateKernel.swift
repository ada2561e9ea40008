import NetworkGraph
import TensorKernels

/// Joins signals side by side: each row is a sample or a step, and each input fills some of the row's columns.
///
/// With one input it copies, which is what flattening is in row-major order.
final class ConcatenateKernel: LayerKernel {
  private let rows: Int
  private let columns: [Int]
  private let width: Int

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ context: KernelContext) {
    let rowsPerSample = if case .sequence(let steps, _) = context.outputShape { steps } else { 1 }
    rows = context.batch * rowsPerSample
    columns = context.inputShapes.map { $0.count / rowsPerSample }
    width = columns.reduce(0, +)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    var start = 0
    for (input, count) in zip(inputs, columns) {
      for row in 0..<rows { (z + row * width + start).update(from: input + row * count, count: count) }
      start += count
    }
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    var start = 0
    for (target, count) in zip(inputGradients, columns) {
      if let target {
        for row in 0..<rows { (target + row * count).update(from: gradient + row * width + start, count: count) }
      }
      start += count
    }
  }
}
