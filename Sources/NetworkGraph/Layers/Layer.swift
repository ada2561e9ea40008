/// Describes one operation of a network: what it computes, the shapes that it takes and gives, and its parameters.
///
/// The engine executes it; this module only describes. A layer is a value, and several nodes may use the same layer value.
/// To add a layer: one file in this folder with the type and its `LayerEntry`, one line in `LayerCatalogue`, and one file in
/// LayerKernels/Lowerings that says which operators compute it; audit and training run the same ones.
public protocol Layer: Sendable {
  /// The catalogue's name for the operation: `dense`, `add`.
  static var kind: String { get }

  /// The same, or for a layer that stands for a part of a graph what that part is: `linear`, `layer_norm`.
  var kind: String { get }

  /// What the operation does, for those who must not ask for its name: rules, figures, remedies.
  ///
  /// There is no default: a layer that forgets its traits does not compile.
  var traits: OperatorTraits { get }

  /// What mean-field theory may take the operation for. There is no default here either.
  var theory: LayerTheory { get }

  /// The activation function applied to the operation's result (the pre-activation); identity where there is none.
  var activation: Activation { get }

  /// The gates of a recurrent cell, in the order of its stacked weights; empty for other layers. A cell's pre-activation is
  /// its gates', at every step.
  var gates: [CellGate] { get }

  /// The parameter tensors, given the input shapes; empty for an operation without weights.
  func parameters(from inputs: [Shape]) -> [ParameterTensor]

  /// The output shape, given the input shapes.
  ///
  /// - Throws: `SpecificationError` that names the requirement and the remedy.
  func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape

  /// The fields that differ from the layer's defaults, in the form that its `LayerEntry` reads.
  var fields: LayerFields { get }

  /// The same layer without named weight initializers, so that the audit's initializer fills its weights.
  func withoutNamedWeights() -> any Layer

  /// The same layer without what it draws at random in training.
  var withoutNoise: any Layer { get }

  /// The share of values that training keeps on average, the others being zeroed at random: 1 but for dropout.
  var keptShare: Double { get }

  /// The same layer with another activation; nil for a layer that has none to choose.
  ///
  /// - Parameter activation: The activation to have.
  func replacing(activation: Activation) -> (any Layer)?

  /// The same layer whose bias starts from another initializer; nil for a layer without one that can be chosen.
  ///
  /// - Parameter bias: The initializer to have.
  func replacing(bias: Initializer) -> (any Layer)?

  /// The same layer whose gains start from ones; nil for a layer that has none to choose.
  var withGainsOfOne: (any Layer)? { get }

  /// Whether a file brings the values of the layer's parameters.
  var bringsWeights: Bool { get }

  /// Where the layer stands in the model's file that it comes from; nil for a layer of our own.
  var origin: LayerOrigin? { get }
}

extension Layer {
  public var kind: String { Self.kind }
  public var gates: [CellGate] { [] }
  public func withoutNamedWeights() -> any Layer { self }
  public var withoutNoise: any Layer { self }
  public var keptShare: Double { 1 }
  public func replacing(activation: Activation) -> (any Layer)? { nil }
  public func replacing(bias: Initializer) -> (any Layer)? { nil }
  public var withGainsOfOne: (any Layer)? { nil }
  public var bringsWeights: Bool { false }
  public var origin: LayerOrigin? { nil }

  /// The shape of the first weight tensor; nil for an operation without weights.
  public func weightShape(from inputs: [Shape]) -> WeightShape? {
    parameters(from: inputs).first { $0.role == .weight }?.shape
  }

  /// Whether each unit's pre-activation is its own row of weights times the input, plus bias. Initializers that fit single
  /// units to data need this. It does not hold for embeddings, whose rows are tokens, nor for recurrent cells and attention.
  public var hasRowPerUnit: Bool { traits.contains(.rowPerUnit) }
}

/// Where a layer stands in the file of the model that it comes from.
public struct LayerOrigin: Hashable, Sendable {
  /// The module that it belongs to, by its path: `transformer.h.0.attn`. Empty for the model itself.
  public var module: String
  /// The name of the value that is its activation.
  public var value: String

  /// Makes an origin.
  ///
  /// - Parameters:
  ///   - scope: The modules around the layer, outermost first: by their names (`transformer`, `h`, `0`), or by their paths
  ///     (`transformer`, `transformer.h`, `transformer.h.0`), as exporters write them.
  ///   - value: The name of the value that is its activation.
  public init(scope: [String], value: String) {
    module = scope.reduce("") { path, part in
      part.isEmpty ? path : path.isEmpty || part == path || part.hasPrefix(path + ".") ? part : "\(path).\(part)"
    }
    self.value = value
  }
}

/// One gate of a recurrent cell: what is applied to its pre-activation `W x + U h + b`.
public struct CellGate: Sendable {
  public var activation: Activation
  /// A constant that the layer adds before the nonlinearity, such as an LSTM's forget bias. It does not count as part of the
  /// pre-activation.
  public var offset: Double

  public init(_ activation: Activation, offset: Double = 0) {
    self.activation = activation
    self.offset = offset
  }
}
