import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The smallest element over axes; equal ones share the gradient.
  static let reduceMin = OperatorEntry("ReduceMin") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceMin", .min, attributes)
  }
}
