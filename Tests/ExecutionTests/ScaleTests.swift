import Execution
import NetworkGraph
import OperatorKernels
import TensorKernels
import Testing

/// Signals that are far smaller than Float's least number, beside biases and constants that are not.
@Suite struct ScaleTests {
  private typealias Given = OneOperator.Given

  /// With a weight of 2^-600 the result is the bias, exactly, and the gradient of the input is that of the weights.
  @Test func aBiasOutlastsATinyProduct() throws {
    let convolution = try Conv(OperatorAttributes(version: 22))
    for (name, operation, x, w) in [
      ("Gemm", Gemm() as any OperatorKernel, [2, 3], [3, 4]), ("Conv", convolution, [2, 3, 1, 1], [4, 3, 1, 1]),
    ] {
      let (values, gradients) = try OneOperator.run(
        operation, [Given(x, [1, 2, 3, 4, 5, 6]), Given(w, [1], exponent: -600), Given([4], [1])])
      #expect(values == [Double](repeating: 1, count: 8), "\(name)")
      #expect(gradients[0] == [Double](repeating: 4 * 0x1p-600, count: 6), "\(name)")
      #expect(gradients[2] == [Double](repeating: 2, count: 4), "\(name)")
    }
  }

  /// A normalization with kept statistics of a signal of 2^-600: (0 - 3) / 2 x 4 + 5.
  @Test func theShiftOfANormalizationOutlastsATinySignal() throws {
    let normalization = try BatchNormalization(epsilon: 0)
    let (values, gradients) = try OneOperator.run(
      normalization,
      [
        Given([2, 1], [1, 2], exponent: -600), Given([1], [4]), Given([1], [5]), Given([1], [3]), Given([1], [4]),
      ])
    #expect(values == [-1, -1])
    #expect(gradients[0] == [2, 2])
    #expect(gradients[2] == [2])
  }

  /// A bias of zeros has no scale: the product keeps its own, and so does a sum.
  @Test func zerosLeaveATinySignal() throws {
    let tiny = Given([1, 1], [5], exponent: -600)
    #expect(try OneOperator.run(Gemm(), [tiny, Given([1, 1], [3]), Given([1], [0])]).values == [15 * 0x1p-600])
    #expect(try OneOperator.run(Addition(), [tiny, Given([1, 1], [0])]).values == [5 * 0x1p-600])
    #expect(try OneOperator.run(Addition(), [Given([1, 1], [0], exponent: 600), tiny]).values == [5 * 0x1p-600])
    #expect(try OneOperator.run(Addition(), [Given([1, 1], [1]), tiny]).values == [1])
  }

  /// Beside its epsilon a signal of 2^-600 is only divided by the root of it, and its gradient likewise.
  @Test func normalizationsKeepATinySignal() throws {
    let tiny = Given([2, 2, 1], [1, 3, 2, 6], exponent: -600), one = Given([2], [1]), zero = Given([2], [0])
    let batch = Given([4, 1], [1, 3, 2, 6], exponent: -600), unit = Given([1], [1]), none = Given([1], [0])
    let size = 0x1p-600 / 2
    for (name, operation, inputs, expected) in [
      (
        "LayerNormalization", LayerNormalization(axis: 1, epsilon: 4) as any OperatorKernel, [tiny, Given([2, 1], [1])],
        [-1.0, 1, -2, 2]
      ),
      ("RMSNormalization", RMSNormalization(axis: 1, epsilon: 4), [tiny, Given([2, 1], [1])], [1, 3, 2, 6]),
      ("GroupNormalization", GroupNormalization(groups: 1, epsilon: 4), [tiny, one, zero], [-1, 1, -2, 2]),
      ("InstanceNormalization", InstanceNormalization(epsilon: 4), [tiny, one, zero], [0, 0, 0, 0]),
      (
        "BatchNormalization", BatchNormalization(epsilon: 4, usesBatchStatistics: true), [batch, unit, none, none, unit],
        [-2, 0, -1, 3]
      ),
    ] {
      let (values, gradients) = try OneOperator.run(operation, inputs)
      #expect(values == expected.map { $0 * size }, "\(name)")
      // Each shift is added to as many values.
      if let shift = gradients.count > 2 ? gradients[2] : nil {
        #expect(shift == [Double](repeating: 4 / Double(shift.count), count: shift.count), "\(name): \(shift)")
      }
      // Where the mean is taken away, the gradient of a sum is zero.
      let slope = name == "RMSNormalization" ? 0.5 : 0
      #expect(gradients[0]?.allSatisfy { abs($0 - slope) <= 1e-7 } ?? false, "\(name): \(gradients[0] ?? [])")
    }
    // 1e-9 is added to the deviation.
    let values = try OneOperator.run(MeanVarianceNormalization(axes: [1]), [tiny]).values
    for (value, expected) in zip(values, [-1, 1, -2, 2]) { #expect(abs(value / 0x1p-600 / 1e9 - Double(expected)) < 1e-6) }
    // A shift outlasts the signal.
    let shifted = try OneOperator.run(
      GroupNormalization(groups: 1, epsilon: 4), [tiny, one, Given([2], [5, 7])]
    ).values
    #expect(shifted == [5, 7, 5, 7])
  }

  /// Rows of equal values are zero whatever their size.
  @Test func aNormalizationOfEqualHugeValuesIsZero() throws {
    let huge = Given([1, 2], [3, 3], exponent: 600)
    #expect(try OneOperator.run(LayerNormalization(), [huge, Given([2], [1])]).values == [0, 0])
  }

  /// All weight is at the largest score, wherever scores are beyond Float's range; equal ones share it.
  @Test func aSoftmaxOfHugeScoresIsAHardMaximum() throws {
    let (values, gradients) = try OneOperator.run(Softmax(), [Given([2, 3], [1, 3, 2, 2, 1, 2], exponent: 600)])
    #expect(values == [0, 1, 0, 0.5, 0, 0.5])
    #expect(gradients[0] == [Double](repeating: 0, count: 6))
    #expect(try OneOperator.run(Softmax(), [Given([1, 2], [1, 3], exponent: -600)]).values == [0.5, 0.5])
  }

  /// Scores of tiny queries and keys are zero, so that weights are equal; of huge ones all weight is at the largest. Values
  /// keep their size.
  @Test func attentionKeepsTheSizeOfItsValues() throws {
    func run(_ exponent: Double) throws -> (values: [Double], gradients: [[Double]?]) {
      try OneOperator.run(
        Attention(),
        [
          Given([1, 1, 2, 1], [1, -1], exponent: exponent), Given([1, 1, 2, 1], [1, 2], exponent: exponent),
          Given([1, 1, 2, 1], [3, 5], exponent: -600),
        ])
    }
    let tiny = try run(-600)
    #expect(tiny.values == [4 * 0x1p-600, 4 * 0x1p-600])
    #expect(tiny.gradients[2] == [1, 1])
    // The mean of values times keys minus the product of their means, (3 x 1 + 5 x 2) / 2 - 4 x 1.5.
    let small = try run(-50)
    #expect(small.gradients[0]?.allSatisfy { abs($0 / 0x1p-650 - 0.5) < 1e-6 } ?? false, "\(small.gradients)")
    let huge = try run(600)
    #expect(huge.values == [5 * 0x1p-600, 3 * 0x1p-600])
    #expect(huge.gradients[2] == [1, 1])
  }
}
