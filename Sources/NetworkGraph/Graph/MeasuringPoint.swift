/// What a report calls a layer: where the signal is looked at, and which parameters stand for it.
///
/// Execution follows nodes; reports, rules and pictures follow measuring points.
public struct MeasuringPoint: Sendable {
  /// The module's name, such as `transformer.h.0.attn`, or one that the layer was given.
  public var name: String
  /// What it is: `linear`, `convolution`, `layer_norm`, `attention`, `gelu`.
  public var kind: String
  /// The modules around it, outermost first: `["transformer", "h", "0"]`.
  public var scope: [String]
  /// The value before the nonlinearity; the activation itself where there is none.
  public var preactivation: ValueID
  public var activation: ValueID
  /// The nonlinearity between the two; identity where there is none.
  public var nonlinearity: Activation
  /// Places in the graph's `parameters`, weights first.
  public var parameters: [Int]
  /// What the operation does, for rules.
  public var traits: OperatorTraits
  /// Measuring points whose results this one reads, directly or through operators that have no point of their own.
  public var sources: [Int]
  /// The states of a recurrent layer that the graph writes out step by step, first to last.
  public var states: [ValueID]
  /// The gates of such a layer, in the order of a step: their activation functions, and for each step the values that these
  /// read. Empty for any other layer.
  public var gates: (functions: [Activation], values: [[ValueID]])
  /// False for the model's output and what follows it.
  public var isHidden: Bool

  /// Describes a measuring point.
  ///
  /// - Parameters:
  ///   - name: What reports call it.
  ///   - kind: What it is.
  ///   - scope: The modules around it, outermost first.
  ///   - preactivation: The value before the nonlinearity.
  ///   - activation: The value after it.
  ///   - nonlinearity: The activation function between the two.
  ///   - parameters: Places in the graph's `parameters`, weights first.
  ///   - traits: What the operation does.
  ///   - sources: Measuring points whose results it reads.
  ///   - states: The states of a recurrent layer that the graph writes out step by step, first to last.
  ///   - gates: The functions of such a layer's gates, and for each step what they read.
  ///   - isHidden: False for the model's output.
  public init(
    name: String, kind: String, scope: [String] = [], preactivation: ValueID, activation: ValueID,
    nonlinearity: Activation = .identity, parameters: [Int] = [], traits: OperatorTraits = [], sources: [Int] = [],
    states: [ValueID] = [], gates: (functions: [Activation], values: [[ValueID]]) = ([], []), isHidden: Bool = true
  ) {
    self.name = name
    self.kind = kind
    self.scope = scope
    self.preactivation = preactivation
    self.activation = activation
    self.nonlinearity = nonlinearity
    self.parameters = parameters
    self.traits = traits
    self.sources = sources
    self.states = states
    self.gates = gates
    self.isHidden = isHidden
  }
}
