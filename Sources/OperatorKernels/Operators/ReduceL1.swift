import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The sum of magnitudes over axes.
  static let reduceL1 = OperatorEntry("ReduceL1") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceL1", .magnitudes, attributes)
  }
}
