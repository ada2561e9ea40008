import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The smallest of several tensors, element by element; equal ones share the gradient.
  static let min = OperatorEntry("Min") { _ throws(SpecificationError) in
    VariadicOperator("Min", .min)
  }
}
