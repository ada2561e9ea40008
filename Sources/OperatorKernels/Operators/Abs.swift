import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The magnitude; its slope at 0 is 0.
  static let abs = OperatorEntry("Abs") { _ throws(SpecificationError) in
    UnaryOperator(
      "Abs", law: .homogeneous, reads: .input,
      integers: { x, y, count in for i in 0..<count { y[i] = x[i] < 0 ? 0 &- x[i] : x[i] } },
      floats: { x, y, count in for i in 0..<count { y[i] = x[i].magnitude } },
      gradient: { x, _, g, dx, count in for i in 0..<count { dx[i] = x[i] > 0 ? g[i] : x[i] < 0 ? -g[i] : 0 } })
  }
}
