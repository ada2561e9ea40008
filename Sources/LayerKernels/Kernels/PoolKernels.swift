import CTensorKernels
import NetworkGraph
import TensorKernels

extension initscope_pool {
  /// Lays out the pooling over a batch of images (one plane per channel) or sequences (one lane per feature).
  fileprivate init(_ layer: any PoolLayer, _ context: KernelContext) throws {
    let input = context.inputShapes[0].dimensions
    let isImage = input.count == 3
    var axes = try layer.axes(over: isImage ? Array(input[1...]) : [input[0]])
    if !isImage { axes.append(.single) }
    func pair(_ value: (SlidingWindow.Axis) -> Int) -> (Int, Int) { (value(axes[0]), value(axes[1])) }
    self.init(
      planes: isImage ? context.batch * input[0] : context.batch, lanes: isImage ? 1 : input[1], input: pair(\.input),
      output: pair(\.output), size: pair(\.size), stride: pair(\.stride), before: pair(\.before))
  }
}

/// Max pooling: the largest value of each window. The places of these values are kept for the gradient.
final class MaxPoolKernel: LayerKernel {
  private var pool: initscope_pool
  private let places: KernelArray
  let memory = KernelMemory()

  let scaling = KernelScaling.linear

  init(_ layer: MaxPool, _ context: KernelContext) throws {
    pool = try initscope_pool(layer, context)
    places = memory.array(context.batch * context.outputShape.count, .kept)
  }

  private var indices: UnsafeMutablePointer<Int32> {
    // The array's memory is bound to Float and never read as Float.
    UnsafeMutableRawPointer(places.pointer).assumingMemoryBound(to: Int32.self)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    initscope_max_pool(&pool, inputs[0], z, indices)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    if let target = inputGradients[0] { initscope_max_pool_gradient(&pool, gradient, indices, target) }
  }
}

/// Average pooling: the mean of each window's values.
final class AveragePoolKernel: LayerKernel {
  private var pool: initscope_pool

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ layer: AveragePool, _ context: KernelContext) throws {
    pool = try initscope_pool(layer, context)
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    initscope_average_pool(&pool, inputs[0], z)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    if let target = inputGradients[0] { initscope_average_pool_gradient(&pool, gradient, target) }
  }
}

/// Global average pooling: the mean over an image's or a sequence's positions.
final class GlobalAveragePoolKernel: LayerKernel {
  private let batch: Int
  private let channels: Int
  private let positions: Int
  private let isImage: Bool

  let scaling = KernelScaling.linear
  let memory = KernelMemory()

  init(_ context: KernelContext) {
    let input = context.inputShapes[0]
    isImage = input.dimensions.count == 3
    batch = context.batch
    channels = context.outputShape.count
    positions = input.count / channels
  }

  func forward(
    _ inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>], into z: UnsafeMutablePointer<Float>,
    mode: KernelMode, scale: Double
  ) {
    if isImage { return initscope_row_means(inputs[0], batch * channels, positions, z) }
    for sample in 0..<batch {
      let target = z + sample * channels
      Elementwise.columnSums(inputs[0] + sample * positions * channels, rows: positions, columns: channels, into: target)
    }
    Elementwise.scale(z, by: 1 / Float(positions), count: batch * channels)
  }

  func backward(
    _ gradient: UnsafePointer<Float>, inputs: [UnsafePointer<Float>], parameters: [UnsafePointer<Float>],
    z: UnsafePointer<Float>, inputGradients: [UnsafeMutablePointer<Float>?],
    parameterGradients: [UnsafeMutablePointer<Float>?]
  ) {
    guard let target = inputGradients[0] else { return }
    if isImage { return initscope_row_means_gradient(gradient, batch * channels, positions, target) }
    for sample in 0..<batch {
      for step in 0..<positions {
        (target + (sample * positions + step) * channels).update(from: gradient + sample * channels, count: channels)
      }
    }
    Elementwise.scale(target, by: 1 / Float(positions), count: batch * positions * channels)
  }
}
