/// Which states a recurrent layer returns.
public enum ReturnedStates: String, Hashable, Sendable, CaseIterable {
  /// The hidden state after the last step, as features(units).
  case last
  /// The hidden states of all steps, as sequence(steps, units).
  case sequence
}

/// What all recurrent layers share: their size, what they return, and the initializers of their parameters.
public struct RecurrentFields: Hashable, Sendable {
  /// The most units that a recurrent layer may have.
  public static let unitRange = 1...(1 << 20)

  public var units: Int
  public var returns: ReturnedStates
  /// The initializer of the input weights; nil to use the audit's.
  public var weights: Initializer?
  /// The initializer of the recurrent weights; nil for the default, an orthogonal matrix for each gate.
  public var recurrent: Initializer?
  /// The initializer of the biases; nil for zeros, or what the audit's initializer says.
  public var bias: Initializer?
  public var hasBias: Bool

  init(
    kind: String, units: Int, returns: ReturnedStates, weights: Initializer?, recurrent: Initializer?, bias: Initializer?,
    hasBias: Bool
  ) {
    precondition(Self.unitRange.contains(units), "a layer of kind \(kind) has \(Self.unitRange) units, got \(units)")
    precondition(
      bias.map { InitializerCatalogue.biases.entry(named: $0.entry.name) != nil } ?? true,
      "\(bias.map(\.description) ?? "") needs a matrix and cannot fill a bias")
    self.units = units
    self.returns = returns
    self.weights = weights
    self.recurrent = recurrent
    self.bias = bias
    self.hasBias = hasBias
  }

  func outputShape(kind: String, from inputs: [Shape]) throws(SpecificationError) -> Shape {
    let (steps, _) = try sequenceExtents(inputs, kind: kind)
    // States are kept for all steps, even where only the last is returned.
    let states = try Shape(dimensions: [steps, units])
    return returns == .last ? .features(units) : states
  }

  /// The parameter tensors: input weights `weight`, recurrent weights `recurrent` and the bias, with `gates` matrices or
  /// vectors each. `biases` says for how many of PyTorch's the bias stands.
  func parameters(from inputs: [Shape], gates: Int, biases: Int = 2) -> [ParameterTensor] {
    let use = ParameterTensor.Use.cell(biases: biases)
    let input = WeightShape(outputs: units, inputs: inputs[0].dimensions.last ?? 1, copies: gates)
    let state = WeightShape(outputs: units, inputs: units, copies: gates)
    var tensors = [
      ParameterTensor(role: .weight, shape: input, count: input.count, initializer: weights, use: use),
      ParameterTensor(
        role: .weight, name: "recurrent", shape: state, count: state.count, initializer: recurrent ?? .orthogonal,
        isStandard: recurrent == nil, use: use),
    ]
    if hasBias {
      tensors.append(ParameterTensor(role: .bias, shape: input, count: input.rows, initializer: bias, use: use))
    }
    return tensors
  }

  var fields: LayerFields {
    var fields = LayerFields(["units": String(units)])
    if returns != .last { fields.values["return"] = returns.rawValue }
    fields.values["weights"] = weights?.description
    fields.values["recurrent"] = recurrent?.description
    fields.values["bias"] = hasBias ? bias?.description : "none"
    return fields
  }

  /// The same without named weight initializers.
  func withoutNamedWeights() -> RecurrentFields {
    var fields = self
    fields.weights = nil
    fields.recurrent = nil
    return fields
  }

  init(kind: String, from fields: LayerFields) throws(SpecificationError) {
    guard let units = try fields.integer("units", in: Self.unitRange) else {
      throw SpecificationError(
        "a layer of kind \(kind) needs units", hint: "Write \(kind): 32, or \(kind): {units: 32, ...}")
    }
    let returns = try fields.choice("return", among: ReturnedStates.allCases.map(\.rawValue))
    let hasBias = fields.values["bias"] != "none"
    self.init(
      kind: kind, units: units, returns: returns.flatMap(ReturnedStates.init) ?? .last,
      weights: try fields.initializer("weights"), recurrent: try fields.initializer("recurrent"),
      bias: hasBias ? try fields.biasInitializer("bias") : nil, hasBias: hasBias)
  }

  static let descriptions: [(name: String, meaning: String)] = [
    ("units", "number of hidden units"), ("return", "last (hidden state, the default) or sequence (all of them)"),
    ("weights", "initializer spec of the input weights, default: the audit's"),
    (
      "recurrent",
      "initializer spec of the recurrent weights, default orthogonal in each gate (under "
        + "initializers of Keras as Keras's layers: all gates one orthogonal matrix)"
    ),
    ("bias", "initializer spec, or none for no bias, default: the audit's"),
  ]
}

/// Steps and features of a sequence that is the layer's only input.
func sequenceExtents(_ inputs: [Shape], kind: String) throws(SpecificationError) -> (steps: Int, features: Int) {
  guard inputs.count == 1, let input = inputs.first else {
    throw SpecificationError("a layer of kind \(kind) takes one input, got \(inputs.count)")
  }
  guard case .sequence(let steps, let features) = input else {
    throw SpecificationError(
      "a layer of kind \(kind) takes a sequence (steps x features), got a signal of shape \(input)",
      hint: "Give input: [steps, features], or put an embedding before it")
  }
  return (steps, features)
}
