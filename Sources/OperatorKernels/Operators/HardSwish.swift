import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let hardSwish = OperatorEntry("HardSwish") { _ throws(SpecificationError) in
    ActivationOperator(.hardSwish, kind: "HardSwish")
  }
}
