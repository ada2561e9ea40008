/// Layer normalization of each sample: over its features, over each step's features, or over a whole image.
///
/// Gain and shift have one value for each value that is normalized together, as PyTorch's (Ba, Kiros and Hinton 2016, "Layer
/// normalization").
public struct LayerNorm: Layer, NetworkPart {
  public static let kind = "layer_norm"
  public var traits: OperatorTraits { [.normalizes] }
  public var theory: LayerTheory { .normalization(over: .layer, epsilon: normalization.epsilon) }
  public let normalization: Normalization

  public init(
    epsilon: Double = 1e-5, activation: Activation = .identity, gain: Initializer? = nil, shift: Initializer? = nil,
    hasGain: Bool = true, hasShift: Bool = true
  ) {
    self.init(
      Normalization(
        epsilon: epsilon, activation: activation, gain: gain, shift: shift, hasGain: hasGain, hasShift: hasShift))
  }

  init(_ normalization: Normalization) { self.normalization = normalization }

  public var activation: Activation { normalization.activation }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a layer_norm layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    normalization.parameters(count: Self.columns(of: inputs[0]))
  }

  /// The number of values that are normalized together.
  public static func columns(of shape: Shape) -> Int {
    if case .sequence(_, let features) = shape { features } else { shape.count }
  }

  public var withGainsOfOne: (any Layer)? { normalization.withGainsOfOne.map { LayerNorm($0) } }

  public var fields: LayerFields { normalization.written }
}

extension LayerEntry {
  static let layerNorm = LayerEntry(
    kind: LayerNorm.kind, summary: "Layer normalization of each sample, or of each step.", shorthand: nil,
    fields: Normalization.fields
  ) { fields throws(SpecificationError) in
    LayerNorm(try Normalization(fields))
  }
}
