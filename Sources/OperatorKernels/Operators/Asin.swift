import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the sine.
  static let asin = OperatorEntry("Asin") { _ throws(SpecificationError) in
    UnaryOperator(
      "Asin", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = asinf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 / (1 - x[i] * x[i]).squareRoot()) } })
  }
}
