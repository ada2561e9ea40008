import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let argMin = OperatorEntry("ArgMin") { attributes throws(SpecificationError) in
    try ArgExtreme("ArgMin", isLargest: false, attributes)
  }
}
