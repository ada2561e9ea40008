import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The hyperbolic cosine.
  static let cosh = OperatorEntry("Cosh") { _ throws(SpecificationError) in
    UnaryOperator(
      "Cosh", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = coshf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], sinhf(x[i])) } })
  }
}
