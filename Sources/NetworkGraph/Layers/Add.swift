/// Adds two or more signals of one shape, as where a residual branch rejoins its skip: `a = f(h_1 + g (h_2 + ...))`.
///
/// g is a learnable scalar that only some sums have (De and Smith 2020, "Batch normalization biases residual blocks"); the
/// first input, the skip, is not multiplied. It starts from 1, or as its initializer says.
public struct Add: Layer {
  public static let kind = "add"
  public var traits: OperatorTraits { [.elementwise, .sums, .joins] }
  public var theory: LayerTheory { .sum }
  public var activation: Activation
  /// Whether the inputs after the first are multiplied by a learnable scalar.
  public var hasGain: Bool
  /// The initializer of that scalar; nil where it starts from 1 or as the audit's initializer says.
  public var gain: Initializer?

  public init(activation: Activation = .identity, hasGain: Bool = false, gain: Initializer? = nil) {
    precondition(
      gain.map { InitializerCatalogue.biases.entry(named: $0.entry.name) != nil } ?? true,
      "\(gain.map(\.description) ?? "") needs a matrix and cannot fill a gain")
    self.activation = activation
    self.hasGain = hasGain || gain != nil
    self.gain = gain
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count >= 2 else {
      throw SpecificationError(
        "an add layer takes two or more inputs, got \(inputs.count)", hint: "Name them: inputs: [a, b]")
    }
    for shape in inputs.dropFirst() where shape != inputs[0] {
      throw SpecificationError(
        "an add layer takes inputs of one shape, got \(inputs[0]) and \(shape)",
        hint: "Give the branch's last layer as many units as its input has")
    }
    return inputs[0]
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    hasGain
      ? [
        ParameterTensor(
          role: .gain, name: "branch", shape: WeightShape(outputs: 1, inputs: 1), count: 1, initializer: gain,
          use: .scale)
      ] : []
  }

  public var fields: LayerFields {
    var fields = LayerFields()
    if !activation.isIdentity { fields.values["activation"] = activation.description }
    if hasGain { fields.values["gain"] = gain?.description ?? "true" }
    return fields
  }
}

extension LayerEntry {
  static let add = LayerEntry(
    kind: Add.kind, summary: "Sum of two or more signals of one shape (a residual sum).", shorthand: nil,
    fields: [
      ("activation", "activation spec, default identity"),
      ("gain", "true, a number or an initializer spec for a learnable factor on all inputs but the first, default false"),
    ]
  ) { fields throws(SpecificationError) in
    let activation = try fields.activation("activation") ?? .identity
    switch fields.values["gain"] {
    case nil, "false", "none": return Add(activation: activation)
    case "true": return Add(activation: activation, hasGain: true)
    case .some(let text):
      if let value = Double(text) {
        guard value.magnitude <= 1e100 else {
          throw SpecificationError("gain must be a finite number of at most 1e100, got '\(text)'")
        }
        return Add(activation: activation, gain: .constant(value))
      }
      return Add(activation: activation, gain: try fields.biasInitializer("gain"))
    }
  }
}
