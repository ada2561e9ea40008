import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let celu = OperatorEntry("Celu") { attributes throws(SpecificationError) in
    ActivationOperator(try Activation(parsing: "celu(alpha=\(attributes.float("alpha", 1)))"), kind: "Celu")
  }
}
