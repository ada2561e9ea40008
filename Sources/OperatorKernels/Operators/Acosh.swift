import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The inverse of the hyperbolic cosine.
  static let acosh = OperatorEntry("Acosh") { _ throws(SpecificationError) in
    UnaryOperator(
      "Acosh", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = acoshf(x[i]) } },
      gradient: { x, _, g, dx, count in
        for i in 0..<count { dx[i] = chained(g[i], 1 / ((x[i] - 1).squareRoot() * (x[i] + 1).squareRoot())) }
      })
  }
}
