import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The largest element over axes; equal ones share the gradient.
  static let reduceMax = OperatorEntry("ReduceMax") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceMax", .max, attributes)
  }
}
