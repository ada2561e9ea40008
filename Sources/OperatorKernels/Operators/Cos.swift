import Glibc
import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The cosine.
  static let cos = OperatorEntry("Cos") { _ throws(SpecificationError) in
    UnaryOperator(
      "Cos", reads: .input,
      floats: { x, y, count in for i in 0..<count { y[i] = cosf(x[i]) } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = chained(g[i], -sinf(x[i])) } })
  }
}
