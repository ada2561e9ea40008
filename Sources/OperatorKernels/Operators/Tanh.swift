import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let tanh = OperatorEntry("Tanh") { _ throws(SpecificationError) in ActivationOperator(.tanh, kind: "Tanh") }
}
