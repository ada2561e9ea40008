import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let softsign = OperatorEntry("Softsign") { _ throws(SpecificationError) in
    ActivationOperator(.softsign, kind: "Softsign")
  }
}
