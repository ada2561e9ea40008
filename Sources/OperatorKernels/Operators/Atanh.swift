import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the hyperbolic tangent.
  static let atanh = OperatorEntry("Atanh") { _ throws(SpecificationError) in
    UnaryOperator(
      "Atanh", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = atanhf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 / ((1 - x[i]) * (1 + x[i]))) } })
  }
}
