import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The largest of several tensors, element by element; equal ones share the gradient.
  static let max = OperatorEntry("Max") { _ throws(SpecificationError) in
    VariadicOperator("Max", .max)
  }
}
