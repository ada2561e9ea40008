// Which tensors of a network `--init` fills, and which name their own initializer.

extension Network {
  /// The same network without the weight initializers that its layers name, so that the audit's fills them. Recurrent
  /// weights become orthogonal again; biases, gains and shifts keep what they have.
  public func replacingNamedWeights() -> Network {
    let placements = nodes.map { node in
      Placement(
        name: node.name, layer: node.layer.withoutNamedWeights(), inputs: node.inputs, isDeclared: node.isDeclared)
    }
    // Initializers do not change shapes: a network that was valid stays valid.
    return (try? Network(name: name, input: input, placements: placements)) ?? self
  }

  /// Paths of the weight tensors that the initializer fills, such as `dense_1/weight`.
  public func weightsFilled(by initializer: Initializer) -> [String] {
    parameterPaths { $0.role == .weight && $0.isFilled(by: initializer) }
  }

  /// Paths of the weight tensors whose layers name their initializer, so that `--init` does not fill them.
  public var namedWeights: [String] {
    parameterPaths { $0.role == .weight && $0.initializer != nil && !$0.isStandard && !$0.isDeclared }
  }

  /// Whether all weights but the output layer's name an initializer; `--init` then does not reach the hidden layers.
  public var namesHiddenWeights: Bool {
    let weighs = nodes.map { node in node.parameters.contains { $0.role == .weight } }
    guard let output = weighs.lastIndex(of: true) else { return false }
    let hidden = nodes[..<output].flatMap(\.parameters).filter { $0.role == .weight }
    return !hidden.isEmpty && hidden.allSatisfy { $0.initializer != nil && !$0.isDeclared }
      && hidden.contains { !$0.isStandard }
  }

  /// Whether the initializer fills any tensor. If not, audits under several such initializers are the same audit.
  public func takes(_ initializer: Initializer) -> Bool {
    nodes.contains { node in node.parameters.contains { $0.isFilled(by: initializer) } }
  }

  /// The initializers that layers name for their weights, each once, in the order of the layers.
  public var declaredSchemes: [Initializer] {
    var schemes: [Initializer] = []
    for tensor in nodes.flatMap(\.parameters) where tensor.role == .weight {
      if let own = tensor.initializer, !schemes.contains(own) { schemes.append(own) }
    }
    return schemes
  }

  /// The name of a run: the initializer or, where it fills nothing, what the layers name.
  public func runName(for initializer: Initializer) -> String {
    if initializer.entry.origin != .drawn || takes(initializer) { return initializer.description }
    let schemes = declaredSchemes.map(\.description)
    return schemes.isEmpty
      ? initializer.description : schemes.count > 3 ? "\(schemes.count) schemes" : schemes.joined(separator: " and ")
  }

  /// The initializers without those that would repeat an audit: only one is kept where none of them fills a tensor.
  public func distinct(_ initializers: [Initializer]) -> [Initializer] {
    initializers.contains { takes($0) || $0.entry.origin != .drawn } ? initializers : Array(initializers.prefix(1))
  }

  private func parameterPaths(where isMeant: (ParameterTensor) -> Bool) -> [String] {
    nodes.flatMap { node in node.parameters.filter(isMeant).map { $0.path(in: node.name) } }
  }
}

extension ParameterTensor {
  /// The tensor's path in a network: its name in the file that brings it, else node and name: `lstm_1/recurrent`.
  public func path(in node: String) -> String { fullName ?? "\(node)/\(name)" }

  /// Whether an audit's initializer fills the tensor, or the layer's own does.
  func isFilled(by initializer: Initializer) -> Bool {
    if initializer.entry.origin != .drawn { return false }
    if self.initializer != nil {
      return initializer.entry.fillsEveryTensor ? isStandard || isDeclared : isDeclared && role == .weight && !isStandard
    }
    return role == .weight || initializer.entry.fillsEveryTensor || initializer.entry.depthAware != nil && role == .gain
  }
}
