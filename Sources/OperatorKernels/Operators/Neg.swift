import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let neg = OperatorEntry("Neg") { _ throws(SpecificationError) in
    UnaryOperator(
      "Neg", law: .homogeneous, activates: false,
      integers: { x, y, count in for i in 0..<count { y[i] = 0 &- x[i] } },
      floats: { x, y, count in for i in 0..<count { y[i] = -x[i] } },
      gradient: { _, _, g, dx, count in for i in 0..<count { dx[i] = -g[i] } })
  }
}
