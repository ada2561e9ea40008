import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The largest whole number that is not above.
  static let floor = OperatorEntry("Floor") { _ throws(SpecificationError) in
    UnaryOperator(
      "Floor", floats: { x, y, count in for i in 0..<count { y[i] = x[i].rounded(.down) } }, gradient: nil)
  }
}
