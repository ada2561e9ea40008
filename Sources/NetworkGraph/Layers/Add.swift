/// The sum of two or more signals of one shape, as where a residual branch rejoins its skip: `a = f(h_1 + h_2 + ...)`.
public struct Add: Layer {
  public static let kind = "add"
  public var activation: Activation

  public init(activation: Activation = .identity) {
    self.activation = activation
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count >= 2 else {
      throw SpecificationError("an add layer takes two or more inputs, got \(inputs.count)", hint: "Name them: inputs: [a, b]")
    }
    for shape in inputs.dropFirst() where shape != inputs[0] {
      throw SpecificationError(
        "an add layer takes inputs of one shape, got \(inputs[0]) and \(shape)",
        hint: "Give the branch's last layer as many units as its input has")
    }
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public var fields: LayerFields {
    activation.entry.name == Activation.identity.entry.name
      ? LayerFields() : LayerFields(["activation": activation.description])
  }
}

extension LayerEntry {
  static let add = LayerEntry(
    kind: Add.kind, summary: "Sum of two or more signals of one shape (a residual sum).", shorthand: nil,
    fields: [("activation", "activation spec, default identity")]
  ) { fields throws(SpecificationError) in
    Add(activation: try fields.activation("activation") ?? .identity)
  }
}
