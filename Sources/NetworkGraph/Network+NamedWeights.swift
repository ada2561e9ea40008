// What `--init` fills of a network, and what its layers name themselves.

extension Network {
  /// The same network without the initializers that its layers name for weights: the audit's fills them. Recurrent weights
  /// become orthogonal again; biases, gains and shifts keep what they have.
  public func replacingNamedWeights() -> Network {
    let placements = nodes.map { node in
      Placement(name: node.name, layer: node.layer.withoutNamedWeights(), inputs: node.inputs)
    }
    // Initializers change no shape: what fitted fits.
    return (try? Network(name: name, input: input, placements: placements)) ?? self
  }

  /// Paths of the weight tensors that the initializer fills, `dense_1/weight`; not of those whose layer names another.
  public func weightsFilled(by initializer: Initializer) -> [String] {
    parameterPaths { $0.role == .weight && $0.isFilled(by: initializer) }
  }

  /// Paths of the weight tensors whose layers name their initializer.
  public var namedWeights: [String] { parameterPaths { $0.role == .weight && $0.initializer != nil && !$0.isStandard } }

  /// Whether the layers name all weights but those of the output layer: `--init` then says nothing of the hidden layers.
  public var namesHiddenWeights: Bool {
    let weighs = nodes.map { node in node.parameters.contains { $0.role == .weight } }
    guard let output = weighs.lastIndex(of: true) else { return false }
    let hidden = nodes[..<output].flatMap(\.parameters).filter { $0.role == .weight }
    return !hidden.isEmpty && hidden.allSatisfy { $0.initializer != nil } && hidden.contains { !$0.isStandard }
  }

  /// Whether the initializer fills any tensor. Where it does not, audits under several of them are one audit.
  public func takes(_ initializer: Initializer) -> Bool {
    nodes.contains { node in node.parameters.contains { $0.isFilled(by: initializer) } }
  }

  /// The initializers that weights have by themselves, each once, in the order of the layers.
  public var declaredSchemes: [Initializer] {
    var schemes: [Initializer] = []
    for tensor in nodes.flatMap(\.parameters) where tensor.role == .weight {
      if let own = tensor.initializer, !schemes.contains(own) { schemes.append(own) }
    }
    return schemes
  }

  /// What a run is called: the initializer, or where it fills nothing what the layers declare.
  public func runName(for initializer: Initializer) -> String {
    if takes(initializer) { return initializer.description }
    let schemes = declaredSchemes.map(\.description)
    return schemes.isEmpty
      ? initializer.description : schemes.count > 3 ? "\(schemes.count) schemes" : schemes.joined(separator: " and ")
  }

  /// The initializers without those that repeat an audit: one where none of them fills a tensor.
  public func distinct(_ initializers: [Initializer]) -> [Initializer] {
    initializers.contains(where: takes) ? initializers : Array(initializers.prefix(1))
  }

  private func parameterPaths(where isMeant: (ParameterTensor) -> Bool) -> [String] {
    nodes.flatMap { node in node.parameters.filter(isMeant).map { $0.path(in: node.name) } }
  }
}

extension ParameterTensor {
  /// The tensor's name in a network: the node's and its own, `lstm_1/recurrent`.
  public func path(in node: String) -> String { "\(node)/\(name)" }

  /// Whether an audit's initializer fills the tensor, which depends on what its layer names.
  func isFilled(by initializer: Initializer) -> Bool {
    if self.initializer != nil { return isStandard && initializer.entry.fillsEveryTensor }
    return role == .weight || initializer.entry.fillsEveryTensor || initializer.entry.depthAware != nil && role == .gain
  }
}
