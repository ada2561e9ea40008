import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let relu = OperatorEntry("Relu") { _ throws(SpecificationError) in ActivationOperator(.relu, kind: "Relu") }
}
