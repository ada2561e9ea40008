import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The smallest whole number that is not below.
  static let ceil = OperatorEntry("Ceil") { _ throws(SpecificationError) in
    UnaryOperator(
      "Ceil", floats: { x, y, count in for i in 0..<count { y[i] = x[i].rounded(.up) } }, gradient: nil)
  }
}
