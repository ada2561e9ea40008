import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The hyperbolic sine.
  static let sinh = OperatorEntry("Sinh") { _ throws(SpecificationError) in
    UnaryOperator(
      "Sinh", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = sinhf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], coshf(x[i])) } })
  }
}
