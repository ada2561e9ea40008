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

  /// Values and gradients of 2-wide maxima of one sample, given the gradients 1, 2, 3, ...
  private func maxima(_ x: [Double], _ shape: Shape) throws -> (values: [Double], gradient: [Double]) {
    let layer = MaxPool(2), output = try layer.outputShape(from: [shape])
    let kernel = try KernelCatalogue.ready(
      KernelContext(
        layer: layer, inputShapes: [shape], outputShape: output, batch: 1,
        stream: RandomStream(seed: 1, replica: 0, node: "pool", tensor: .probe)), name: "pool")
    let input = Array32(x), z = Array32(count: output.count), dx = Array32(count: x.count)
    let g = Array32((1...output.count).map(Double.init))
    defer { withExtendedLifetime((input, z, g, dx)) {} }
    kernel.forward([input.constant], parameters: [], into: z.pointer, mode: .training, exponent: 0)
    kernel.backward(
      g.constant, inputs: [input.constant], parameters: [], z: z.constant, inputGradients: [dx.pointer],
      parameterGradients: [])
    return (z.values, dx.values)
  }

  /// Of equal values the first counts, NaN counts as the largest, and minus infinity is a value like others.
  @Test func tiesAndNonFiniteValues() throws {
    let sequence = try maxima([1, 1, .nan, 7, -.infinity, -.infinity, 2, .nan], .sequence(steps: 8, features: 1))
    #expect(sequence.values.map { $0.isNaN ? 99 : $0 } == [1, 99, -.infinity, 99])
    #expect(sequence.gradient == [1, 0, 2, 0, 3, 0, 0, 4])
    // Two features side by side, and windows of 2 x 2, go other ways through the code.
    let features = try maxima([1, .nan, 1, 7, -.infinity, 2, -.infinity, .nan], .sequence(steps: 4, features: 2))
    #expect(features.values.map { $0.isNaN ? 99 : $0 } == [1, 99, -.infinity, 99])
    #expect(features.gradient == [1, 2, 0, 0, 3, 0, 0, 4])
    let rows: [Double] = [1, 1, 0, .nan, -.infinity, -.infinity, 0, 5, 1, 0, 8, 9, -.infinity, -.infinity, 5, .nan]
    let image = try maxima(rows, .image(channels: 1, height: 2, width: 8))
    #expect(image.values.map { $0.isNaN ? 99 : $0 } == [1, 99, -.infinity, 99])
    #expect(image.gradient == [1, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4])
    let ties = try maxima([0, 5, 0, 0, 5, 5, 3, 3], .image(channels: 1, height: 2, width: 4))
    #expect(ties.values == [5, 3] && ties.gradient == [0, 1, 0, 0, 0, 0, 2, 0])
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
