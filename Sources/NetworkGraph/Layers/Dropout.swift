/// Dropout: in training zeroes each value with probability `rate` and divides the others by 1 - rate; in inference changes
/// nothing.
///
/// Inverted dropout (Srivastava 2014, "Dropout: a simple way to prevent neural networks from overfitting"): the mean of the
/// result is the input. Each forward pass draws another mask.
public struct Dropout: Layer, NetworkPart {
  public static let kind = "dropout"
  public var traits: OperatorTraits { [.elementwise, .stochastic] }
  public var theory: LayerTheory { .unknown(.kind) }
  /// Rates that are allowed: from 0 up to, but not including, 1.
  public static let rateRange = 0.0..<1.0
  public var rate: Double

  public init(_ rate: Double) {
    precondition(Self.rateRange.contains(rate), "a dropout rate lies in \(Self.rateRange), got \(rate)")
    self.rate = rate
  }

  public var activation: Activation { .identity }
  public var fields: LayerFields { LayerFields(["rate": "\(rate)"]) }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { [] }
  public var withoutNoise: any Layer { Dropout(0) }
  public var keptShare: Double { 1 - rate }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1 else {
      throw SpecificationError(
        "a dropout layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    return inputs[0]
  }
}

extension LayerEntry {
  static let dropout = LayerEntry(
    kind: Dropout.kind, summary: "Zeroes values at random in training (inverted dropout).", shorthand: "rate",
    fields: [("rate", "probability of a zero, 0 to below 1")]
  ) { fields throws(SpecificationError) in
    guard let text = fields.values["rate"] else {
      throw SpecificationError("a dropout layer needs a rate", hint: "Write dropout: 0.5")
    }
    guard let rate = Double(text), Dropout.rateRange.contains(rate) else {
      throw SpecificationError("rate must be a number of at least 0 and below 1, got '\(text)'")
    }
    return Dropout(rate)
  }
}
