import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The root of the sum of squares over axes.
  static let reduceL2 = OperatorEntry("ReduceL2") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceL2", .norm, attributes)
  }
}
