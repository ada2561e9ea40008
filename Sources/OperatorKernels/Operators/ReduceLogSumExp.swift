import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The logarithm of the sum of exponentials over axes.
  static let reduceLogSumExp = OperatorEntry("ReduceLogSumExp") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceLogSumExp", .logSumExp, attributes)
  }
}
