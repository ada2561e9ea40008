import NetworkGraph
import TensorKernels

extension OperatorEntry {
  static let gelu = OperatorEntry("Gelu") { attributes throws(SpecificationError) in
    let form = try attributes.text("approximate", "none")
    switch form {
    case "none": return ActivationOperator(.gelu, kind: "Gelu")
    case "tanh": return ActivationOperator(.geluTanh, kind: "Gelu")
    default:
      throw SpecificationError("Gelu has no approximation '\(form)'", hint: "ONNX knows none and tanh")
    }
  }
}
