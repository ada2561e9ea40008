import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let mish = OperatorEntry("Mish") { _ throws(SpecificationError) in ActivationOperator(.mish, kind: "Mish") }
}
