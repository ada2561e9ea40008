import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let softplus = OperatorEntry("Softplus") { _ throws(SpecificationError) in
    ActivationOperator(.softplus, kind: "Softplus")
  }
}
