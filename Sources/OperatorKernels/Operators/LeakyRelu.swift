import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let leakyRelu = OperatorEntry("LeakyRelu") { attributes throws(SpecificationError) in
    ActivationOperator(
      try Activation(parsing: "leaky_relu(slope=\(attributes.float("alpha", 0.01)))"), kind: "LeakyRelu")
  }
}
