import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let exp = OperatorEntry("Exp") { _ throws(SpecificationError) in
    UnaryOperator(
      "Exp", reads: .output,
      floats: { x, y, count in for i in 0..<count { y[i] = expf(x[i]) } },
      gradient: { _, y, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], y[i]) } })
  }
}
