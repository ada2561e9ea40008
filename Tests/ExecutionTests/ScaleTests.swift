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
}
