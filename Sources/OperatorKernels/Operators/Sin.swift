import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let sin = OperatorEntry("Sin") { _ throws(SpecificationError) in ActivationOperator(.sin, kind: "Sin") }
}
