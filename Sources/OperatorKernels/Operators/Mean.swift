import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The mean of several tensors, element by element.
  static let mean = OperatorEntry("Mean") { _ throws(SpecificationError) in
    VariadicOperator("Mean", .mean)
  }
}
