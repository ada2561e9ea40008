import NumberText

/// Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers 2000), PyTorch's equations and order:
///
///     i = s(W_i x_t + U_i h + b_i)       g = tanh(W_g x_t + U_g h + b_g)      c' = f c + i g
///     f = s(W_f x_t + U_f h + b_f + k)   o = s(W_o x_t + U_o h + b_o)         h' = o tanh(c')
///
/// s is the logistic function, h and c start at 0, and k is ``forgetBias`` (1 by default, Jozefowicz 2015), which the
/// operation adds: bias tensors start as their initializer says. W stacks the gates' four matrices, 4 units x inputs, and U
/// likewise, 4 units x units, in the order i, f, g, o; b is one vector of 4 units, the sum of PyTorch's two. Each gate's
/// matrix has its own fans, (inputs, units) and (units, units), and is orthogonal by itself, except to libraries'
/// initializers, which see the stacked matrix. PyTorch adds nothing to its forget gate: write `forget_bias: 0` for it.
/// Takes sequence(T, inputs) and gives the last h or all of them.
public struct LSTM: Layer {
  public static let kind = "lstm"
  public var traits: OperatorTraits { [.contracts, .recurs] }
  public var theory: LayerTheory { .unknown(.kind) }
  public static let forgetBiasRange = -100.0...100.0

  public var common: RecurrentFields
  /// A constant that is added to the forget gate's pre-activation.
  public var forgetBias: Double
  public var activation: Activation { .identity }
  public var gates: [CellGate] {
    [CellGate(.sigmoid), CellGate(.sigmoid, offset: forgetBias), CellGate(.tanh), CellGate(.sigmoid)]
  }

  /// An LSTM of `units` units, at least 1 and at most 1,048,576.
  public init(
    _ units: Int, returns: ReturnedStates = .last, forgetBias: Double = 1, weights: Initializer? = nil,
    recurrent: Initializer? = nil, bias: Initializer? = nil, hasBias: Bool = true
  ) {
    precondition(
      Self.forgetBiasRange.contains(forgetBias), "a forget bias lies in \(Self.forgetBiasRange), got \(forgetBias)")
    self.forgetBias = forgetBias
    common = RecurrentFields(
      kind: Self.kind, units: units, returns: returns, weights: weights, recurrent: recurrent, bias: bias, hasBias: hasBias)
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    try common.outputShape(kind: kind, from: inputs)
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { common.parameters(from: inputs, gates: 4) }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.common = common.withoutNamedWeights()
    return layer
  }

  public var fields: LayerFields {
    var fields = common.fields
    if forgetBias != 1 { fields.values["forget_bias"] = exactNumber(forgetBias) }
    return fields
  }
}

extension LSTM: NetworkPart {}

extension LayerEntry {
  static let lstm = LayerEntry(
    kind: LSTM.kind, summary: "Long short-term memory, gates i, f, g, o.", shorthand: "units",
    fields: RecurrentFields.descriptions + [("forget_bias", "added to the forget gate, default 1")]
  ) { fields throws(SpecificationError) in
    var layer = LSTM(1)
    layer.common = try RecurrentFields(kind: LSTM.kind, from: fields)
    layer.forgetBias = try fields.number("forget_bias", in: LSTM.forgetBiasRange) ?? 1
    return layer
  }
}
