import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let sigmoid = OperatorEntry("Sigmoid") { _ throws(SpecificationError) in
    ActivationOperator(.sigmoid, kind: "Sigmoid")
  }
}
