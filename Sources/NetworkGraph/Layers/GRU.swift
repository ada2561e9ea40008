/// A gated recurrent unit whose reset gate acts after the recurrent product, as PyTorch's and cuDNN's:
///
///     r = s(W_r x_t + b_r + U_r h + d_r)    n = tanh(W_n x_t + b_n + r (U_n h + d_n))
///     z = s(W_z x_t + b_z + U_z h + d_z)    h' = (1 - z) n + z h
///
/// s is the logistic function and h starts at 0. (Cho 2014 resets h before the product.) W stacks the gates' three matrices,
/// 3 units x inputs, and U likewise, 3 units x units, in the order r, z, n; b (`bias`) and d (`recurrent_bias`) are vectors
/// of 3 units. Each gate's matrix has its own fans and is orthogonal by itself, except to
/// libraries' initializers, which see the stacked matrix. Takes sequence(T, inputs) and gives the last
/// h or all of them.
public struct GRU: Layer {
  public static let kind = "gru"
  public var traits: OperatorTraits { [.contracts, .recurs] }
  public var theory: LayerTheory { .unknown(.kind) }

  public var common: RecurrentFields
  public var activation: Activation { .identity }
  public var gates: [CellGate] { [CellGate(.sigmoid), CellGate(.sigmoid), CellGate(.tanh)] }

  /// A GRU of `units` units, at least 1 and at most 1,048,576.
  public init(
    _ units: Int, returns: ReturnedStates = .last, weights: Initializer? = nil, recurrent: Initializer? = nil,
    bias: Initializer? = nil, hasBias: Bool = true
  ) {
    common = RecurrentFields(
      kind: Self.kind, units: units, returns: returns, weights: weights, recurrent: recurrent, bias: bias, hasBias: hasBias)
  }

  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape {
    try common.outputShape(kind: kind, from: inputs)
  }

  public func parameters(from inputs: [Shape]) -> [ParameterTensor] {
    var tensors = common.parameters(from: inputs, gates: 3, biases: 1)
    if common.hasBias {
      let shape = tensors[1].shape
      tensors.append(
        ParameterTensor(
          role: .bias, name: "recurrent_bias", shape: shape, count: shape.rows, initializer: common.bias,
          use: .cell(biases: 1)))
    }
    return tensors
  }

  public func withoutNamedWeights() -> any Layer {
    var layer = self
    layer.common = common.withoutNamedWeights()
    return layer
  }

  public var fields: LayerFields { common.fields }
}

extension GRU: NetworkPart {}

extension LayerEntry {
  static let gru = LayerEntry(
    kind: GRU.kind, summary: "Gated recurrent unit, gates r, z, n.", shorthand: "units", fields: RecurrentFields.descriptions
  ) { fields throws(SpecificationError) in
    var layer = GRU(1)
    layer.common = try RecurrentFields(kind: GRU.kind, from: fields)
    return layer
  }
}
