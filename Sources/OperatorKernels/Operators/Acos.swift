import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the cosine.
  static let acos = OperatorEntry("Acos") { _ throws(SpecificationError) in
    UnaryOperator(
      "Acos", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = acosf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], -1 / (1 - x[i] * x[i]).squareRoot()) } })
  }
}
