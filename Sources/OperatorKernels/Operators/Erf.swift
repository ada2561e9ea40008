import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let erf = OperatorEntry("Erf") { _ throws(SpecificationError) in ActivationOperator(.erf, kind: "Erf") }
}
