import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The product over axes.
  static let reduceProd = OperatorEntry("ReduceProd") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceProd", .product, attributes)
  }
}
