/// Takes the last step of a sequence: sequence(T, F) to features(F).
public struct LastStep: Layer {
  public static let kind = "last_step"
  public var traits: OperatorTraits { [.permutes, .selects] }
  public var theory: LayerTheory { .unknown(.kind) }
  public var activation: Activation { .identity }

  public init() {}

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    .features(try sequenceExtents(inputs, kind: kind).features)
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }
  public var fields: LayerFields { LayerFields() }
}

extension LastStep: NetworkPart {}

extension LayerEntry {
  static let lastStep = LayerEntry(
    kind: LastStep.kind, summary: "The last step of a sequence.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in LastStep() }
}
