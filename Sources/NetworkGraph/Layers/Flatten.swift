/// Turns a signal into a vector of features: the same values in row-major order.
public struct Flatten: Layer, NetworkPart {
  public static let kind = "flatten"
  public var traits: OperatorTraits { [.permutes] }
  public var theory: LayerTheory { .unknown(.kind) }
  public init() {}

  public var activation: Activation { .identity }
  public var fields: LayerFields { LayerFields() }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a flatten layer takes one input, got \(inputs.count)", hint: "Join several with a concatenate layer")
    }
    return .features(inputs[0].count)
  }
}

extension LayerEntry {
  static let flatten = LayerEntry(
    kind: Flatten.kind, summary: "The same values as a vector of features.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in Flatten() }
}
