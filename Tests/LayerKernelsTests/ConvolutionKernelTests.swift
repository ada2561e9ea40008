import LayerKernels
import NetworkGraph
import Testing

@Suite struct ConvolutionKernelTests {
  /// A convolution as its formula says, images batch x channels x height x width.
  static func reference(
    _ x: [Double], _ w: [Double], _ b: [Double]?, batch: Int, channels: Int, outputs: Int, groups: Int,
    axes: [SlidingWindow.Axis]
  ) -> [Double] {
    let (h, v) = (axes[0], axes[1])
    let perGroup = channels / groups
    var z = [Double](repeating: 0, count: batch * outputs * h.output * v.output)
    for n in 0..<batch {
      for o in 0..<outputs {
        for i in 0..<h.output {
          for j in 0..<v.output {
            var sum = b?[o] ?? 0
            for c in 0..<perGroup {
              let channel = o / (outputs / groups) * perGroup + c
              for ky in 0..<h.size {
                for kx in 0..<v.size {
                  let row = i * h.stride + ky * h.dilation - h.before, column = j * v.stride + kx * v.dilation - v.before
                  guard (0..<h.input).contains(row), (0..<v.input).contains(column) else { continue }
                  sum +=
                    w[((o * perGroup + c) * h.size + ky) * v.size + kx]
                    * x[((n * channels + channel) * h.input + row) * v.input + column]
                }
              }
            }
            z[((n * outputs + o) * h.output + i) * v.output + j] = sum
          }
        }
      }
    }
    return z
  }

  struct Case2D: Sendable {
    var layer: Conv2D
    var input: (channels: Int, height: Int, width: Int)
    var batch = 2
  }

  static let images = [
    Case2D(layer: Conv2D(4, kernel: 3), input: (3, 7, 5)),
    Case2D(layer: Conv2D(4, kernel: 3, padding: .same, hasBias: false), input: (3, 5, 6), batch: 1),
    Case2D(layer: Conv2D(2, kernel: 1), input: (3, 4, 3), batch: 3),
    Case2D(layer: Conv2D(5, kernel: [1, 4], stride: [3, 1], padding: .amount([0, 3])), input: (2, 7, 4)),
    Case2D(layer: Conv2D(2, kernel: 3, stride: 2, padding: .same, dilation: 2), input: (1, 9, 8)),
    Case2D(layer: Conv2D(6, kernel: [2, 3], dilation: [3, 1], groups: 3), input: (3, 6, 5)),
    Case2D(layer: Conv2D(4, kernel: 3, padding: .amount(1), groups: 4), input: (4, 4, 4)),
    // Channels that fill vector registers, for which oneDNN lays signals out in blocks.
    Case2D(layer: Conv2D(32, kernel: 3, padding: .same), input: (16, 4, 3), batch: 1),
    Case2D(layer: Conv2D(16, kernel: 2, stride: 2, groups: 2), input: (32, 4, 4), batch: 1),
    // More padding than kernel.
    Case2D(layer: Conv2D(2, kernel: 2, padding: .amount(4)), input: (1, 2, 3)),
  ]

  @Test(arguments: images.indices) func conv2D(index: Int) throws {
    let example = Self.images[index], convolution = example.layer.convolution
    let (channels, height, width) = example.input
    let axes = try convolution.window.axes(over: [height, width], what: "a kernel")
    let shape = Shape.image(channels: channels, height: height, width: width)
    try GradientCheck(layer: example.layer, inputShapes: [shape], batch: example.batch).run { x, w in
      Self.reference(
        x[0], w[0], convolution.hasBias ? w[1] : nil, batch: example.batch, channels: channels,
        outputs: convolution.channels, groups: convolution.groups, axes: axes)
    }
  }

  static let sequences: [(layer: Conv1D, steps: Int, features: Int)] = [
    (Conv1D(4, kernel: 3), 7, 3), (Conv1D(2, kernel: 4, stride: 2, padding: .same), 7, 2),
    (Conv1D(6, kernel: 2, padding: .amount(2), dilation: 3, groups: 2, hasBias: false), 5, 4),
    (Conv1D(16, kernel: 3, padding: .same), 4, 32), (Conv1D(3, kernel: 1), 1, 3),
  ]

  @Test(arguments: sequences.indices) func conv1D(index: Int) throws {
    let (layer, steps, features) = Self.sequences[index], convolution = layer.convolution, batch = 2
    let axes = [.single] + (try convolution.window.axes(over: [steps], what: "a kernel"))
    // Rows and columns of each sample exchanged.
    func turned(_ x: [Double], rows: Int, columns: Int) -> [Double] {
      (0..<x.count).map { i in
        let (sample, row, column) = (i / (rows * columns), i % rows, i / rows % columns)
        return x[(sample * rows + row) * columns + column]
      }
    }
    try GradientCheck(layer: layer, inputShapes: [.sequence(steps: steps, features: features)], batch: batch).run { x, w in
      let z = Self.reference(
        turned(x[0], rows: steps, columns: features), w[0], convolution.hasBias ? w[1] : nil, batch: batch,
        channels: features, outputs: convolution.channels, groups: convolution.groups, axes: axes)
      return turned(z, rows: convolution.channels, columns: axes[1].output)
    }
  }

  @Test(arguments: [true, false]) func denseOnEachStep(hasBias: Bool) throws {
    let (steps, features, units) = (4, 3, 5)
    try GradientCheck(
      layer: Dense(units, hasBias: hasBias), inputShapes: [.sequence(steps: steps, features: features)], batch: 2
    ).run { x, w in
      (0..<2 * steps).flatMap { row in
        (0..<units).map { unit in
          (0..<features).reduce(hasBias ? w[1][unit] : 0) { $0 + w[0][unit * features + $1] * x[0][row * features + $1] }
        }
      }
    }
  }
}
