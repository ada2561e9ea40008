import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The sum of several tensors.
  static let sum = OperatorEntry("Sum") { _ throws(SpecificationError) in
    VariadicOperator("Sum", .sum)
  }
}
