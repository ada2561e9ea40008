/// Averages over all positions: an image's channels or a sequence's features remain.
public struct GlobalAveragePool: Layer, NetworkPart {
  public static let kind = "global_average_pool"
  public var traits: OperatorTraits { [.pools, .averages] }
  public var theory: LayerTheory { .pooling }
  public init() {}

  public var activation: Activation { .identity }
  public var fields: LayerFields { LayerFields() }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a global_average_pool layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    switch inputs[0] {
    case .features:
      throw SpecificationError(
        "a global_average_pool layer takes an image or a sequence, got a signal of shape \(inputs[0])")
    case .image(let channels, _, _): return .features(channels)
    case .sequence(_, let features): return .features(features)
    }
  }
}

extension LayerEntry {
  static let globalAveragePool = LayerEntry(
    kind: GlobalAveragePool.kind, summary: "Mean over an image's or a sequence's positions.", shorthand: nil, fields: []
  ) { _ throws(SpecificationError) in GlobalAveragePool() }
}
