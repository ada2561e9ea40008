import CGSL
import NetworkGraph
import TensorKernels
import Testing

@Suite struct OrthogonalSamplingTests {
  /// The largest entry of `|W W^T / g^2 - I|`, or of `W^T W / g^2 - I` where there are more rows than columns.
  static func defect(_ weights: [Float], rows: Int, columns: Int, gain: Double) -> Double {
    let (count, length, step, stride) = rows <= columns ? (rows, columns, columns, 1) : (columns, rows, 1, columns)
    var worst = 0.0
    for i in 0..<count {
      for j in 0...i {
        var product = 0.0
        for k in 0..<length {
          product += Double(weights[i * step + k * stride]) * Double(weights[j * step + k * stride])
        }
        worst = max(worst, abs(product / (gain * gain) - (i == j ? 1 : 0)))
      }
    }
    return worst
  }

  /// Reference case 6: to 1e-6, both ways, kernels flattened to units x (inputs x taps), which is PyTorch's dimension 0 and
  /// Keras's last axis.
  @Test(arguments: [
    WeightShape(outputs: 3, inputs: 4), WeightShape(outputs: 4, inputs: 3),
    WeightShape(outputs: 20, inputs: 2, taps: [3, 4]), WeightShape(outputs: 2, inputs: 3, taps: [4, 5]),
    WeightShape(outputs: 64, inputs: 64), WeightShape(outputs: 1, inputs: 7),
    WeightShape(outputs: 50, inputs: 3, taps: [3]), WeightShape(outputs: 16, inputs: 8, taps: [3, 3], groups: 4),
    WeightShape(outputs: 1, inputs: 1),
  ])
  func rowsOrColumnsAreOrthonormal(shape: WeightShape) throws {
    for specification in ["orthogonal", "orthogonal(gain=1.4142)", "torch.orthogonal", "keras.orthogonal(gain=0.1)"] {
      let initializer = try Initializer(parsing: specification)
      let gain = initializer.arguments.number("gain")
      let weights = WeightSamplerTests.draw(initializer.law(for: shape), shape).weights
      #expect(Self.defect(weights, rows: shape.rows, columns: shape.columns, gain: gain) < 1e-6, "\(specification)")
    }
  }

  /// Householder's reflections in Float: each entry of the Gram matrix stays within 1e-6 at the sizes of real layers, too.
  @Test func largeMatricesAreOrthonormal() {
    for (rows, columns) in [(256, 256), (128, 784), (300, 100)] {
      let shape = WeightShape(outputs: rows, inputs: columns)
      let weights = WeightSamplerTests.draw(.orthogonal(gain: 1, transposed: false), shape).weights
      #expect(Self.defect(weights, rows: rows, columns: columns, gain: 1) < 1e-6)
    }
  }

  static func replicas(_ count: Int, _ shape: WeightShape) -> [[Float]] {
    (0..<count).map {
      WeightSamplerTests.draw(
        .orthogonal(gain: 1, transposed: false), shape, stream: .init(seed: 21, replica: $0, node: "q", tensor: .weight)
      ).weights
    }
  }

  /// One entry of a Haar-distributed matrix, squared, is Beta(1/2, (n - 1)/2), and its sign is fair. Without Mezzadri's sign
  /// fix the first entry is never positive.
  @Test(arguments: [(4, 4), (3, 4), (4, 3), (2, 7)])
  func entriesAreHaarDistributed(rows: Int, columns: Int) {
    let count = 20_000
    let length = Double(max(rows, columns))
    let matrices = Self.replicas(count, WeightShape(outputs: rows, inputs: columns))
    for place in [0, rows * columns - 1, columns - 1] {
      let distance = kolmogorovDistance(matrices.map { $0[place] }) { x in
        let half = gsl_cdf_beta_P(min(x * x, 1), 0.5, (length - 1) / 2) / 2
        return x < 0 ? 0.5 - half : 0.5 + half
      }
      #expect(distance < FalseAlarm.kolmogorov(count: count), "entry \(place)")
    }
  }

  /// Traces of Haar-distributed orthogonal n x n matrices, n >= 4, have the standard normal's first four moments (Diaconis
  /// and Mallows 1986): E t = 0, E t^2 = 1, E t^4 = 3. Without the sign fix the mean is far below 0.
  @Test func traceHasAStandardNormalsMoments() {
    let count = 20_000, size = 8
    let traces = Self.replicas(count, WeightShape(outputs: size, inputs: size)).map { matrix in
      (0..<size).reduce(0.0) { $0 + Double(matrix[$1 * size + $1]) }
    }
    let mean = traces.reduce(0, +) / Double(count), second = traces.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(mean) < FalseAlarm.mean(std: 1, count: count))
    // Var t^2 = E t^4 - 1 = 2.
    #expect(abs(second - 1) < FalseAlarm.mean(std: 2.0.squareRoot(), count: count))
  }

  /// The determinant of a Haar-distributed square matrix is 1 or -1 with equal chances; without the sign fix it is always
  /// (-1)^(n - 1), one sign a reflection.
  @Test func determinantsHaveBothSigns() {
    let count = 20_000
    let positive = Self.replicas(count, WeightShape(outputs: 2, inputs: 2)).count { $0[0] * $0[3] - $0[1] * $0[2] > 0 }
    #expect(abs(Double(positive) / Double(count) - 0.5) < FalseAlarm.mean(std: 0.5, count: count))
  }
}
