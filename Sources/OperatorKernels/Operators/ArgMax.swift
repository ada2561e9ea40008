import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let argMax = OperatorEntry("ArgMax") { attributes throws(SpecificationError) in
    try ArgExtreme("ArgMax", isLargest: true, attributes)
  }
}
