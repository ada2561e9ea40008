/// A fully connected layer: `a = f(W h + b)` with `W` of shape units x inputs.
///
/// On a sequence, steps x features, it acts on each step alike and gives steps x units; the fans are those of one step.
public struct Dense: Layer {
  public static let kind = "dense"
  public var traits: OperatorTraits { [.contracts, .rowPerUnit] }
  public var theory: LayerTheory { .linear }
  /// The most units that a layer may have.
  public static let unitRange = 1...(1 << 20)

  public var units: Int
  public var activation: Activation
  /// The initializer of the weights; nil to use the audit's.
  public var weights: Initializer?
  /// The initializer of the bias; nil for zeros, or what the audit's initializer says.
  public var bias: Initializer?
  public var hasBias: Bool

  /// A dense layer of `units` units, at least 1 and at most 1,048,576.
  public init(
    _ units: Int, activation: Activation = .identity, weights: Initializer? = nil, bias: Initializer? = nil,
    hasBias: Bool = true
  ) {
    precondition(Dense.unitRange.contains(units), "a dense layer has \(Dense.unitRange) units, got \(units)")
    precondition(
      bias.map { InitializerCatalogue.biases.entry(named: $0.entry.name) != nil } ?? true,
      "\(bias.map(\.description) ?? "") needs a matrix and cannot fill a bias")
    self.units = units
    self.activation = activation
    self.weights = weights
    self.bias = bias
    self.hasBias = hasBias
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    guard inputs.count == 1, let input = inputs.first else {
      throw SpecificationError("a dense layer takes one input, got \(inputs.count)", hint: "Join several with an add layer")
    }
    switch input {
    case .features: return .features(units)
    case .sequence(let steps, _): return try Shape(dimensions: [steps, units])
    case .image:
      throw SpecificationError(
        "a dense layer takes features or a sequence, got a signal of shape \(input)", hint: "Put a flatten layer before it")
    }
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    let shape = WeightShape(outputs: units, inputs: inputs[0].dimensions.last ?? 1)
    var tensors = [ParameterTensor(role: .weight, shape: shape, count: shape.count, initializer: weights)]
    if hasBias { tensors.append(ParameterTensor(role: .bias, shape: shape, count: units, initializer: bias)) }
    return tensors
  }

  public func replacing(activation: Activation) -> (any Layer)? {
    var layer = self
    layer.activation = activation
    return layer
  }

  public func replacing(bias: Initializer) -> (any Layer)? {
    guard hasBias else { return nil }
    var layer = self
    layer.bias = bias
    return layer
  }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.weights = nil
    return layer
  }

  public var fields: LayerFields {
    var fields = LayerFields(["units": String(units)])
    if !activation.isIdentity { fields.values["activation"] = activation.description }
    fields.values["weights"] = weights?.description
    fields.values["bias"] = hasBias ? bias?.description : "none"
    return fields
  }
}

extension LayerEntry {
  static let dense = LayerEntry(
    kind: Dense.kind, summary: "Fully connected layer f(W h + b).", shorthand: "units",
    fields: [
      ("units", "number of outputs"), ("activation", "activation spec, default identity"),
      ("weights", "initializer spec, default: the audit's"),
      ("bias", "initializer spec, or none for no bias, default: the audit's"),
    ]
  ) { fields throws(SpecificationError) in
    guard let units = try fields.integer("units", in: Dense.unitRange) else {
      throw SpecificationError("a dense layer needs units", hint: "Write dense: 256, or dense: {units: 256, ...}")
    }
    let hasBias = fields.values["bias"] != "none"
    return Dense(
      units, activation: try fields.activation("activation") ?? .identity, weights: try fields.initializer("weights"),
      bias: hasBias ? try fields.biasInitializer("bias") : nil, hasBias: hasBias)
  }
}
