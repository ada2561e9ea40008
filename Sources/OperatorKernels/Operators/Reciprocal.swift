import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let reciprocal = OperatorEntry("Reciprocal") { _ throws(SpecificationError) in
    UnaryOperator(
      "Reciprocal", reads: .output, activates: false, scaling: { ($0, -$0) },
      floats: { x, y, count in for i in 0..<count { y[i] = 1 / x[i] } },
      gradient: { _, y, g, dx, count in for i in 0..<count { dx[i] = chained(-g[i], y[i] * y[i]) } })
  }
}
