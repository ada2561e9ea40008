/// The softmax over the features, at each step of a sequence: `a_i = exp(h_i) / sum_k exp(h_k)`.
///
/// Takes features(F) or sequence(T, F) and keeps the shape. Each output depends on all inputs, so that this is a layer and
/// no activation. (Losses take logits: a classifier that is trained needs none.)
public struct Softmax: Layer {
  public static let kind = "softmax"
  public var traits: OperatorTraits { [.producesProbabilities] }
  public var theory: LayerTheory { .unknown(.kind) }
  public var activation: Activation { .identity }

  public init() {}

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1, let input = inputs.first else {
      throw SpecificationError("a softmax layer takes one input, got \(inputs.count)")
    }
    if case .image = input {
      throw SpecificationError("a softmax layer takes features or a sequence, got a signal of shape \(input)")
    }
    return input
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }
  public var fields: LayerFields { LayerFields() }
}

extension Softmax: NetworkPart {}

extension LayerEntry {
  static let softmax = LayerEntry(
    kind: Softmax.kind, summary: "Softmax over the features, at each step.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in Softmax() }
}
