/// Which law draws each parameter tensor of a network under one initializer.
public struct InitializerAssignment: Sendable {
  /// The initializer that fills what the layers leave open.
  public let initializer: Initializer

  public init(initializer: Initializer) {
    self.initializer = initializer
  }

  /// What a parameter tensor is drawn from: its own initializer, else this one for weights, 0 for biases and shifts, 1 for
  /// gains.
  public func law(for tensor: ParameterTensor) -> WeightLaw {
    switch tensor.role {
    case .weight: (tensor.initializer ?? initializer).law(for: tensor.shape)
    case .bias, .shift: tensor.initializer?.law(for: tensor.shape) ?? .constant(0)
    case .gain: tensor.initializer?.law(for: tensor.shape) ?? .constant(1)
    }
  }

  /// What the node's weights are drawn from; nil for a node without weights.
  public func weightLaw(for node: Network.Node) -> WeightLaw? {
    guard let tensor = node.parameters.first(where: { $0.role == .weight }) else { return nil }
    return law(for: tensor)
  }

  /// What the node's bias is drawn from: zeros unless the layer names an initializer; nil for a node without bias.
  public func biasLaw(for node: Network.Node) -> WeightLaw? {
    guard let tensor = node.parameters.first(where: { $0.role == .bias }) else { return nil }
    return law(for: tensor)
  }
}
