import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The sum over axes.
  static let reduceSum = OperatorEntry("ReduceSum") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceSum", .sum, attributes, axesAreInputSince: 13)
  }
}
