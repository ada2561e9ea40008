/// A recurrent layer without gates: `h_t = f(W x_t + U h_{t-1} + b)`, `h_0 = 0` (Elman 1990).
///
/// W is units x inputs, U units x units. Takes sequence(T, inputs) and gives the last state or all of them. f belongs to the
/// cell and is inside the recurrence, so the layer's own activation is the identity.
public struct SimpleRNN: Layer {
  public static let kind = "simple_rnn"
  public var traits: OperatorTraits { [.contracts, .recurs] }
  public var theory: LayerTheory { .unknown(.kind) }
  /// The activation function inside the recurrence.
  public enum Cell: String, Hashable, Sendable, CaseIterable {
    case tanh, relu
  }

  public var common: RecurrentFields
  public var cell: Cell
  public var activation: Activation { .identity }
  public var gates: [CellGate] { [CellGate(cell == .tanh ? .tanh : .relu)] }

  /// A recurrent layer of `units` units, at least 1 and at most 1,048,576.
  public init(
    _ units: Int, cell: Cell = .tanh, returns: ReturnedStates = .last, weights: Initializer? = nil,
    recurrent: Initializer? = nil, bias: Initializer? = nil, hasBias: Bool = true
  ) {
    self.cell = cell
    common = RecurrentFields(
      kind: Self.kind, units: units, returns: returns, weights: weights, recurrent: recurrent, bias: bias, hasBias: hasBias)
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    try common.outputShape(kind: kind, from: inputs)
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { common.parameters(from: inputs, gates: 1) }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.common = common.withoutNamedWeights()
    return layer
  }

  public var fields: LayerFields {
    var fields = common.fields
    if cell != .tanh { fields.values["cell"] = cell.rawValue }
    return fields
  }
}

extension SimpleRNN: NetworkPart {}

extension LayerEntry {
  static let simpleRNN = LayerEntry(
    kind: SimpleRNN.kind, summary: "Recurrent layer f(W x + U h + b).", shorthand: "units",
    fields: RecurrentFields.descriptions + [("cell", "tanh (the default) or relu")]
  ) { fields throws(SpecificationError) in
    var layer = SimpleRNN(1)
    layer.common = try RecurrentFields(kind: SimpleRNN.kind, from: fields)
    let cell = try fields.choice("cell", among: SimpleRNN.Cell.allCases.map(\.rawValue))
    layer.cell = cell.flatMap(SimpleRNN.Cell.init) ?? .tanh
    return layer
  }
}
