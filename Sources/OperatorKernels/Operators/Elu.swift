import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let elu = OperatorEntry("Elu") { attributes throws(SpecificationError) in
    ActivationOperator(try Activation(parsing: "elu(alpha=\(attributes.float("alpha", 1)))"), kind: "Elu")
  }
}
