/// An activation of its own, `a = f(h)`, behind a layer that has none: a pooling, a flatten, a dropout.
public struct ActivationLayer: Layer, NetworkPart {
  public static let kind = "activation"
  public var traits: OperatorTraits { [.elementwise, .activates] }
  public var theory: LayerTheory { .unknown(.kind) }
  public var activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public var fields: LayerFields { LayerFields(["function": activation.description]) }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "an activation layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    return inputs[0]
  }
}

extension LayerEntry {
  static let activation = LayerEntry(
    kind: ActivationLayer.kind, summary: "An activation of its own, behind a layer that has none.", shorthand: "function",
    fields: [("function", "activation spec, such as relu")]
  ) { fields throws(SpecificationError) in
    guard let activation = try fields.activation("function") else {
      throw SpecificationError("an activation layer needs a function", hint: "Write activation: relu")
    }
    return ActivationLayer(activation)
  }
}
