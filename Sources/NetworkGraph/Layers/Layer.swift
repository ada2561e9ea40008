/// One operation of a network, described: what it computes, from which shapes to which, with which parameters.
///
/// The engine executes it; this module only describes. A layer is a value, and the same layer value may stand in several
/// nodes. To add a layer: one file in this folder with the type and its `LayerEntry`, one line in `LayerCatalogue`, and one
/// kernel in LayerKernels/Kernels with its line in `KernelCatalogue`; audit and training run the same kernel.
public protocol Layer: Sendable {
  /// The catalogue's name for the operation: `dense`, `add`.
  static var kind: String { get }

  /// The nonlinearity applied to the operation's result, which is the pre-activation; identity where there is none.
  var activation: Activation { get }

  /// The gates of a recurrent cell, in the order of its stacked weights; empty for other layers. A cell's pre-activation is
  /// its gates', at every step.
  var gates: [CellGate] { get }

  /// The parameter tensors, given the shapes that arrive; empty for an operation without weights.
  func parameters(from inputs: [Shape]) -> [ParameterTensor]

  /// The shape that leaves, given the shapes that arrive.
  ///
  /// - Throws: `SpecificationError` that names the requirement and the remedy.
  func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape

  /// The fields that differ from the layer's defaults, in the form that its `LayerEntry` reads back.
  var fields: LayerFields { get }

  /// The layer without the initializers that it names for its weights, so that the audit's fills them.
  func withoutNamedWeights() -> any Layer
}

extension Layer {
  public var kind: String { Self.kind }
  public var gates: [CellGate] { [] }
  public func withoutNamedWeights() -> any Layer { self }

  /// The first weight tensor's shape, nil for an operation without weights.
  public func weightShape(from inputs: [Shape]) -> WeightShape? {
    parameters(from: inputs).first { $0.role == .weight }?.shape
  }

  /// Whether each unit's pre-activation is the product of its own row of weights with the input, a bias apart: what a scheme
  /// needs that fits single units to data. Rows of an embedding are tokens; a recurrent cell's and an attention's outputs
  /// are no products.
  public var hasRowPerUnit: Bool { self is Dense || self is any ConvolutionLayer }
}

/// One gate of a recurrent cell: what is done to its pre-activation `W x + U h + b`.
public struct CellGate: Sendable {
  public var activation: Activation
  /// A constant that the layer adds before the nonlinearity, such as an LSTM's forget bias; no part of the pre-activation.
  public var offset: Double

  public init(_ activation: Activation, offset: Double = 0) {
    self.activation = activation
    self.offset = offset
  }
}
