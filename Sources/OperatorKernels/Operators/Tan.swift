import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The tangent.
  static let tan = OperatorEntry("Tan") { _ throws(SpecificationError) in
    UnaryOperator(
      "Tan", reads: .output,
      floats: { x, y, count in for i in 0..<count { y[i] = tanf(x[i]) } },
      gradient: { _, y, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 + y[i] * y[i]) } })
  }
}
