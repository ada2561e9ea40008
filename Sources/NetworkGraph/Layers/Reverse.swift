/// A sequence with its steps in reverse order, sequence(T, F) to sequence(T, F): what the second half of a bidirectional
/// layer reads (Schuster and Paliwal 1997).
public struct Reverse: Layer {
  public static let kind = "reverse"
  public var traits: OperatorTraits { [.permutes] }
  public var theory: LayerTheory { .unknown(.kind) }
  public var activation: Activation { .identity }

  public init() {}

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    _ = try sequenceExtents(inputs, kind: kind)
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }
  public var fields: LayerFields { LayerFields() }
}

extension Reverse: NetworkPart {}

extension LayerEntry {
  static let reverse = LayerEntry(
    kind: Reverse.kind, summary: "A sequence from its last step to its first.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in Reverse() }
}
