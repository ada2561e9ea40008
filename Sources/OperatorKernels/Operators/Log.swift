import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The natural logarithm.
  static let log = OperatorEntry("Log") { _ throws(SpecificationError) in
    UnaryOperator(
      "Log", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = logf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 / x[i]) } })
  }
}
