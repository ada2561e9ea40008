import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// -1, 0 or 1; NaN stays.
  static let sign = OperatorEntry("Sign") { _ throws(SpecificationError) in
    UnaryOperator(
      "Sign", scaling: { ($0, 0) },
      integers: { x, y, count in for i in 0..<count { y[i] = x[i].signum() } },
      floats: { x, y, count in for i in 0..<count { y[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i] } },
      gradient: nil)
  }
}
