/// The distribution of each parameter tensor of a network under one initializer.
public struct InitializerAssignment: Sendable {
  /// The initializer for tensors whose layers name none.
  public let initializer: Initializer
  /// The laws that a depth-aware initializer gives to single tensors.
  private let placed: [DepthAwareScheme.Place: WeightLaw]

  /// Assigns a law to each tensor of the network.
  ///
  /// - Throws: `SpecificationError` where the initializer needs what the network does not have, such as residual branches,
  ///   declared initializers or the weights of a file.
  public init(initializer: Initializer, network: Network) throws(SpecificationError) {
    self.initializer = initializer
    if initializer.entry.origin == .declared, !network.declaresInitializers {
      throw SpecificationError(
        "\(initializer) means the initializers that a Keras model declares, and the network \(network.name) is none",
        hint: "Write keras.default for what the layers of Keras start from")
    }
    if initializer.entry.origin == .file, !network.bringsWeights {
      throw SpecificationError(
        "\(initializer) means the weights of a file, and the network \(network.name) brings none",
        hint: "Give a model whose file holds weights, or an initializer that draws them, such as he_normal")
    }
    if let scheme = initializer.entry.depthAware {
      placed = try scheme.laws(ResidualStructure(network)) { initializer.law(for: $0) }
    } else {
      placed = [:]
    }
  }

  /// Whether the weights are those of a file, which follow no declared law.
  public var isOfFile: Bool { initializer.entry.origin == .file }

  /// The law from which a tensor of the named node is drawn: that of its own initializer, else of this assignment's for
  /// weights, 0 for biases and shifts, 1 for gains. A depth-aware initializer may give another.
  public func law(for tensor: ParameterTensor, of node: String) -> WeightLaw {
    if let own = self.own(tensor) { return own.law(for: tensor) }
    if let law = placed[DepthAwareScheme.Place(node: node, parameter: tensor.name)] { return law }
    if initializer.entry.fillsEveryTensor { return initializer.law(for: tensor) }
    return switch tensor.role {
    case .weight: initializer.law(for: tensor)
    case .bias, .shift: .constant(0)
    case .gain: .constant(1)
    }
  }

  /// The initializer that fills the tensor: the layer's own, else the audit's; nil for biases, gains and shifts that start
  /// from 0 or 1.
  public func initializer(of tensor: ParameterTensor) -> Initializer? {
    isOfFile
      ? initializer : own(tensor) ?? (tensor.role == .weight || initializer.entry.fillsEveryTensor ? initializer : nil)
  }

  /// The layer's own initializer, unless the assignment's takes its place: `torch.default` and `keras.default` replace mere
  /// defaults, and all initializers but `keras` replace what a model's file declares for weights. Under Keras's initializers
  /// the default of recurrent weights is Keras's: orthogonal as one matrix of all gates.
  private func own(_ tensor: ParameterTensor) -> Initializer? {
    if isOfFile { return nil }
    guard tensor.initializer != nil, initializer.entry.origin == .drawn else { return tensor.initializer }
    if initializer.entry.fillsEveryTensor { return tensor.isStandard || tensor.isDeclared ? nil : tensor.initializer }
    if tensor.isStandard, !tensor.isDeclared, initializer.entry.dialect == .keras { return .kerasRecurrent }
    guard tensor.isDeclared, !tensor.isStandard else { return tensor.initializer }
    // Schemes that look at the depth also set gains and biases.
    return tensor.role == .weight || initializer.entry.depthAware != nil ? nil : tensor.initializer
  }

  /// The law of the node's weights; nil for a node without weights.
  public func weightLaw(for node: Network.Node) -> WeightLaw? { law(of: .weight, in: node) }

  /// The law of the node's bias: zeros unless the layer names an initializer; nil for a node without bias.
  public func biasLaw(for node: Network.Node) -> WeightLaw? { law(of: .bias, in: node) }

  /// The law of the node's gain; nil for a node without one.
  public func gainLaw(for node: Network.Node) -> WeightLaw? { law(of: .gain, in: node) }

  /// The law of the node's shift; nil for a node without one.
  public func shiftLaw(for node: Network.Node) -> WeightLaw? { law(of: .shift, in: node) }

  private func law(of role: ParameterTensor.Role, in node: Network.Node) -> WeightLaw? {
    node.parameters.first { $0.role == role }.map { law(for: $0, of: node.name) }
  }
}
