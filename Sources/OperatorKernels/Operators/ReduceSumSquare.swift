import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The sum of squares over axes.
  static let reduceSumSquare = OperatorEntry("ReduceSumSquare") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceSumSquare", .squares, attributes)
  }
}
