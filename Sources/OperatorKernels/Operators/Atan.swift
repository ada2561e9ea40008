import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the tangent.
  static let atan = OperatorEntry("Atan") { _ throws(SpecificationError) in
    UnaryOperator(
      "Atan", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = atanf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 / (1 + x[i] * x[i])) } })
  }
}
