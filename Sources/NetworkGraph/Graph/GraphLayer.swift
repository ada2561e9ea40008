/// A measuring point of a graph as reports and rules see it: a layer that is described but not executed as one.
///
/// The graph's operators are executed; this layer says what they are together: its kind, its activation, its parameters.
public struct GraphLayer: Layer {
  public static let kind = "graph"
  public let kind: String
  public let traits: OperatorTraits
  /// What mean-field theory may take the operators for.
  public let theory: LayerTheory
  public let activation: Activation
  /// The modules around the measuring point, outermost first.
  public let scope: [String]
  /// The name of the graph's value that is the activation.
  public let value: String
  public let parameters: [ParameterTensor]
  public let shape: Shape
  public let bringsWeights: Bool
  /// The gates of a recurrent operator, in the order of its stacked weights.
  public let gates: [CellGate]

  /// Describes a measuring point.
  ///
  /// - Parameters:
  ///   - kind: What the operators are together.
  ///   - traits: What they do, for rules.
  ///   - activation: The function between pre-activation and activation.
  ///   - scope: The modules around it.
  ///   - value: The name of the graph's value that is the activation.
  ///   - parameters: Its tensors, weights first. Biases, gains and shifts that name no initializer keep the file's values.
  ///   - shape: The shape of one sample of its result.
  ///   - bringsWeights: Whether the model's file holds values for the tensors.
  ///   - theory: What theory may take the operators for: `linear` and the like only where nothing else stands between this
  ///     point and those that it reads.
  ///   - gates: The gates of a recurrent operator, whose pre-activations are the point's.
  public init(
    kind: String, traits: OperatorTraits, activation: Activation, scope: [String], value: String,
    parameters: [ParameterTensor], shape: Shape, bringsWeights: Bool = true,
    theory: LayerTheory = .unknown(.kind), gates: [CellGate] = []
  ) {
    self.kind = kind
    self.traits = traits
    self.activation = activation
    self.scope = scope
    self.value = value
    // Whatever draws the weights anew leaves biases, gains and shifts as the file has them.
    self.parameters = parameters.map { tensor in
      guard tensor.role != .weight, tensor.initializer == nil else { return tensor }
      var tensor = tensor
      tensor.initializer = .file
      return tensor
    }
    self.shape = shape
    self.bringsWeights = bringsWeights
    self.theory = theory
    self.gates = gates
  }

  public var origin: LayerOrigin? { LayerOrigin(scope: scope, value: value) }
  public var fields: LayerFields { LayerFields() }
  public func parameters(from inputs: [Shape]) -> [ParameterTensor] { parameters }
  public func outputShape(from inputs: [Shape]) throws(SpecificationError) -> Shape { shape }
}
