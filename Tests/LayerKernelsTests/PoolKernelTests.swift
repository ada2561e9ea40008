import LayerKernels
import NetworkGraph
import TensorKernels
import Testing

@Suite struct PoolKernelTests {
  /// The values of each window, by planes x height x width x lanes, and what `combine` makes of them.
  static func reference(
    _ x: [Double], planes: Int, lanes: Int, axes: [SlidingWindow.Axis], combine: ([Double]) -> Double
  ) -> [Double] {
    let (h, v) = (axes[0], axes[1])
    var z: [Double] = []
    for plane in 0..<planes {
      for i in 0..<h.output {
        for j in 0..<v.output {
          for lane in 0..<lanes {
            var values: [Double] = []
            for row in i * h.stride - h.before..<i * h.stride - h.before + h.size where (0..<h.input).contains(row) {
              for column in j * v.stride - v.before..<j * v.stride - v.before + v.size where (0..<v.input).contains(column) {
                values.append(x[((plane * h.input + row) * v.input + column) * lanes + lane])
              }
            }
            z.append(combine(values))
          }
        }
      }
    }
    return z
  }

  static let windows = [
    SlidingWindow(size: 2, stride: 2), SlidingWindow(size: 3, stride: 2, padding: .amount(1)),
    SlidingWindow(size: 3, stride: 1, padding: .same), SlidingWindow(size: [1, 3], stride: [2, 3], padding: .same),
    SlidingWindow(size: 2, stride: 3), SlidingWindow(size: 5, stride: 4, padding: .amount(4)),
  ]
  static let shapes = [
    Shape.image(channels: 3, height: 7, width: 6), .image(channels: 1, height: 5, width: 37),
    .sequence(steps: 8, features: 3),
  ]

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test(arguments: windows.indices, shapes.indices) func pools(window: Int, shape: Int) throws {
    let (window, shape) = (Self.windows[window], Self.shapes[shape])
    let dimensions = shape.dimensions, isImage = dimensions.count == 3
    // Two extents do not fit a sequence.
    guard isImage || window.size.values.count == 1 else { return }
    let (planes, lanes) = isImage ? (2 * dimensions[0], 1) : (2, dimensions[1])
    let largest = MaxPool(window.size, stride: window.stride, padding: window.padding)
    let axes =
      isImage ? try largest.axes(over: Array(dimensions[1...])) : try largest.axes(over: [dimensions[0]]) + [.single]
    try GradientCheck(layer: largest, inputShapes: [shape], batch: 2).run { x, _ in
      Self.reference(x[0], planes: planes, lanes: lanes, axes: axes) { $0.max() ?? .nan }
    }
    let average = AveragePool(window.size, stride: window.stride, padding: window.padding)
    try GradientCheck(layer: average, inputShapes: [shape], batch: 2).run { x, _ in
      Self.reference(x[0], planes: planes, lanes: lanes, axes: axes, combine: self.mean)
    }
  }

  @Test(arguments: [
    Shape.image(channels: 3, height: 4, width: 5), .image(channels: 2, height: 1, width: 1),
    .sequence(steps: 5, features: 4),
  ])
  func globalAverage(shape: Shape) throws {
    let dimensions = shape.dimensions, isImage = dimensions.count == 3
    let channels = isImage ? dimensions[0] : dimensions[1], positions = shape.count / channels
    try GradientCheck(layer: GlobalAveragePool(), inputShapes: [shape], batch: 2).run { x, _ in
      (0..<2 * channels).map { index in
        let (sample, channel) = (index / channels, index % channels)
        let (first, step) = isImage ? (index * positions, 1) : (sample * positions * channels + channel, channels)
        return self.mean((0..<positions).map { x[0][first + $0 * step] })
      }
    }
  }

  /// Of equal values the first counts, NaN counts as the largest, and minus infinity is a value like others.
  @Test func tiesAndNonFiniteValues() throws {
    let x: [Double] = [1, 1, .nan, 7, -.infinity, -.infinity, 2, .nan]
    let layer = MaxPool(2)
    let kernel = try KernelCatalogue.make(
      KernelContext(
        layer: layer, inputShapes: [.sequence(steps: 8, features: 1)], outputShape: .sequence(steps: 4, features: 1),
        batch: 1, stream: RandomStream(seed: 1, replica: 0, node: "pool", tensor: .probe)), name: "pool")
    let input = Array32(x), z = Array32(count: 4), g = Array32([1, 2, 3, 4]), dx = Array32(count: 8)
    defer { withExtendedLifetime((input, z, g, dx)) {} }
    kernel.forward([input.constant], parameters: [], into: z.pointer, mode: .training, scale: 1)
    #expect(z.values[0] == 1 && z.values[1].isNaN && z.values[2] == -.infinity && z.values[3].isNaN)
    kernel.backward(
      g.constant, inputs: [input.constant], parameters: [], z: z.constant, inputGradients: [dx.pointer],
      parameterGradients: [])
    #expect(dx.values == [1, 0, 2, 0, 3, 0, 0, 4])
  }

  @Test func flattenAndConcatenateCopy() throws {
    try GradientCheck(layer: Flatten(), inputShapes: [.image(channels: 2, height: 3, width: 2)]).run { x, _ in x[0] }
    try GradientCheck(layer: Flatten(), inputShapes: [.sequence(steps: 3, features: 2)]).run { x, _ in x[0] }
    func joined(_ x: [[Double]], rows: Int) -> [Double] {
      (0..<rows).flatMap { row in
        x.flatMap { input in input[row * input.count / rows..<(row + 1) * input.count / rows] }
      }
    }
    try GradientCheck(layer: Concatenate(), inputShapes: [.features(3), .features(1), .features(4)]).run { x, _ in
      joined(x, rows: 3)
    }
    let images = [Shape.image(channels: 2, height: 2, width: 3), .image(channels: 1, height: 2, width: 3)]
    try GradientCheck(layer: Concatenate(), inputShapes: images).run { x, _ in joined(x, rows: 3) }
    let sequences = [Shape.sequence(steps: 4, features: 2), .sequence(steps: 4, features: 3)]
    try GradientCheck(layer: Concatenate(), inputShapes: sequences).run { x, _ in joined(x, rows: 12) }
  }
}
