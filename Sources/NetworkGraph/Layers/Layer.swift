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

  /// The parameter tensors, given the shapes that arrive; empty for an operation without weights.
  func parameters(from inputs: [Shape]) -> [ParameterTensor]

  /// The shape that leaves, given the shapes that arrive.
  ///
  /// - Throws: `SpecificationError` that names the requirement and the remedy.
  func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape

  /// The fields that differ from the layer's defaults, in the form that its `LayerEntry` reads back.
  var fields: LayerFields { get }
}

extension Layer {
  public var kind: String { Self.kind }

  /// The first weight tensor's shape, nil for an operation without weights.
  public func weightShape(from inputs: [Shape]) -> WeightShape? {
    parameters(from: inputs).first { $0.role == .weight }?.shape
  }
}

/// One tensor of parameters that a layer owns.
public struct ParameterTensor: Hashable, Sendable {
  /// What the tensor does, and so what it starts from where the layer names no initializer: weights from the audit's,
  /// biases and shifts from 0, gains from 1.
  public enum Role: String, Hashable, Sendable, Codable {
    case weight, bias, gain, shift
  }
  public var role: Role
  /// The name within the layer: `weight`, `bias`, `recurrent`, `query`. The first weight tensor is the one whose moments
  /// stand for the layer; where there is only one it is named `weight`.
  public var name: String
  /// For a bias: the shape of the weights it goes with, since some schemes draw a bias from the fan-in.
  public var shape: WeightShape
  /// Number of values.
  public var count: Int
  /// The initializer that the layer itself names; nil where the audit's fills it.
  public var initializer: Initializer?

  public init(role: Role, name: String? = nil, shape: WeightShape, count: Int, initializer: Initializer?) {
    self.role = role
    self.name = name ?? role.rawValue
    self.shape = shape
    self.count = count
    self.initializer = initializer
  }

  /// What keys the tensor's random stream, for a node of that name: tensors beside `weight` and `bias` carry their own.
  public func streamName(in node: String) -> String {
    ["weight", "bias"].contains(name) ? node : "\(node)/\(name)"
  }
}
