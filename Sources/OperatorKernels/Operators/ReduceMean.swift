import NetworkGraph
import TensorKernels

extension OperatorEntry {
  /// The mean over axes.
  static let reduceMean = OperatorEntry("ReduceMean") { attributes throws(SpecificationError) in
    try ReduceOperator("ReduceMean", .mean, attributes)
  }
}
