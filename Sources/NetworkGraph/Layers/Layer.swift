/// Describes one operation of a network: what it computes, the shapes that it takes and gives, and its parameters.
///
/// The engine executes it; this module only describes. A layer is a value, and several nodes may use the same layer value.
/// To add a layer: one file in this folder with the type and its `LayerEntry`, one line in `LayerCatalogue`, and one kernel
/// in LayerKernels/Kernels with its line in `KernelCatalogue`; audit and training run the same kernel.
public protocol Layer: Sendable {
  /// The catalogue's name for the operation: `dense`, `add`.
  static var kind: String { get }

  /// The same, or for a layer that stands for a part of a graph what that part is: `linear`, `layer_norm`.
  var kind: String { get }

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
}

extension Layer {
  public var kind: String { Self.kind }
  public var gates: [CellGate] { [] }
  public func withoutNamedWeights() -> any Layer { self }

  /// The shape of the first weight tensor; nil for an operation without weights.
  public func weightShape(from inputs: [Shape]) -> WeightShape? {
    parameters(from: inputs).first { $0.role == .weight }?.shape
  }

  /// Whether each unit's pre-activation is its own row of weights times the input, plus bias. Initializers that fit single
  /// units to data need this. It does not hold for embeddings, whose rows are tokens, nor for recurrent cells and attention.
  public var hasRowPerUnit: Bool { self is Dense || self is any ConvolutionLayer }
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
