import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The nearest whole number; of two, the even one.
  static let round = OperatorEntry("Round") { _ throws(SpecificationError) in
    UnaryOperator(
      "Round", floats: { x, y, count in for i in 0..<count { y[i] = x[i].rounded(.toNearestOrEven) } }, gradient: nil)
  }
}
