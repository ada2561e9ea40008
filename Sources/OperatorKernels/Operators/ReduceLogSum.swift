import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The logarithm of the sum over axes.
  static let reduceLogSum = OperatorEntry("ReduceLogSum") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceLogSum", .logSum, attributes)
  }
}
