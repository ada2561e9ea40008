import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the hyperbolic sine.
  static let asinh = OperatorEntry("Asinh") { _ throws(SpecificationError) in
    UnaryOperator(
      "Asinh", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = asinhf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], 1 / hypotf(1, x[i])) } })
  }
}
