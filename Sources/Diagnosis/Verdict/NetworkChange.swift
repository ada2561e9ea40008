import NetworkGraph

/// Makes networks that differ from a given one by one remedy.
package enum NetworkChange {
  /// Sets every hidden bias to zero; nil where all are zero already.
  package static func withoutBiases(_ network: Network) -> Network? {
    var changed = false
    let output = network.outputIndex
    let placements = network.nodes.enumerated().map { index, node in
      var layer = node.layer
      if index != output, var dense = layer as? Dense, dense.hasBias, let bias = dense.bias, bias != .zeros {
        dense.bias = .zeros
        layer = dense
        changed = true
      }
      return Network.Placement(name: node.name, layer: layer, inputs: node.inputs)
    }
    return changed ? try? Network(name: network.name, input: network.input, placements: placements) : nil
  }

  /// Every hidden bias of a dense or convolutional layer drawn from `initializer`; nil where there is none.
  package static func withBiases(_ network: Network, _ initializer: Initializer) -> Network? {
    var changed = false
    let output = network.outputIndex
    let placements = network.nodes.enumerated().map { index, node in
      var layer = node.layer
      if index != output, var dense = layer as? Dense, dense.hasBias {
        dense.bias = initializer
        layer = dense
        changed = true
      } else if index != output, let convolution = layer as? any ConvolutionLayer, convolution.convolution.hasBias {
        layer = convolution.withBias(initializer)
        changed = true
      }
      return Network.Placement(name: node.name, layer: layer, inputs: node.inputs)
    }
    return changed ? try? Network(name: network.name, input: network.input, placements: placements) : nil
  }

  /// Replaces dense activations that saturate on one side of 0, or never vanish, by tanh; nil where there is none.
  package static func withTanh(_ network: Network) -> Network? {
    var changed = false
    let placements = network.nodes.map { node in
      var layer = node.layer
      if var dense = layer as? Dense, ["sigmoid", "hard_sigmoid", "softplus"].contains(dense.activation.entry.name) {
        dense.activation = .tanh
        layer = dense
        changed = true
      }
      return Network.Placement(name: node.name, layer: layer, inputs: node.inputs)
    }
    return changed ? try? Network(name: network.name, input: network.input, placements: placements) : nil
  }

  /// Adds layer normalization between each dense layer and its activation; nil where something is normalized already, or no
  /// dense layer has an activation.
  package static func normalized(_ network: Network) -> Network? {
    guard !network.nodes.contains(where: { $0.layer is BatchNorm || $0.layer is LayerNorm }) else { return nil }
    var renamed: [String: String] = [:]
    var placements: [Network.Placement] = []
    for node in network.nodes {
      let inputs = node.inputs.map { renamed[$0] ?? $0 }
      guard var dense = node.layer as? Dense, !dense.activation.isIdentity else {
        placements.append(Network.Placement(name: node.name, layer: node.layer, inputs: inputs))
        continue
      }
      let activation = dense.activation
      dense.activation = .identity
      placements.append(Network.Placement(name: node.name, layer: dense, inputs: inputs))
      renamed[node.name] = "\(node.name)_norm"
      placements.append(
        Network.Placement(name: "\(node.name)_norm", layer: LayerNorm(activation: activation), inputs: [node.name]))
    }
    guard !renamed.isEmpty else { return nil }
    return try? Network(name: network.name, input: network.input, placements: placements)
  }

  /// Adds a skip around each dense layer (and its normalization) that keeps its shape; nil where there are sums already, or
  /// no layer keeps its shape.
  package static func skipped(_ network: Network) -> Network? {
    guard !network.nodes.contains(where: { $0.layer is Add }) else { return nil }
    let consumers = Dictionary(grouping: network.nodes.flatMap { node in node.inputs.map { ($0, node) } }, by: \.0)
    var renamed: [String: String] = [:]
    var placements: [Network.Placement] = []
    for (index, node) in network.nodes.enumerated() {
      placements.append(
        Network.Placement(name: node.name, layer: node.layer, inputs: node.inputs.map { renamed[$0] ?? $0 }))
      guard index < network.nodes.count - 1 else { break }
      // A block of a dense layer and a normalization ends with the normalization.
      let dense: Network.Node
      if node.layer is LayerNorm || node.layer is BatchNorm, index > 0, network.nodes[index - 1].name == node.inputs[0] {
        dense = network.nodes[index - 1]
      } else {
        dense = node
        if let next = consumers[node.name]?.first?.1.layer, next is LayerNorm || next is BatchNorm { continue }
      }
      guard dense.layer is Dense, dense.inputShapes[0] == node.shape, dense.inputs[0] != Network.inputName else { continue }
      placements.append(
        Network.Placement(
          name: "\(node.name)_sum", layer: Add(), inputs: [renamed[dense.inputs[0]] ?? dense.inputs[0], node.name]))
      renamed[node.name] = "\(node.name)_sum"
    }
    guard !renamed.isEmpty else { return nil }
    return try? Network(name: network.name, input: network.input, placements: placements)
  }
}

extension ConvolutionLayer {
  /// The same layer with that initializer of its bias.
  fileprivate func withBias(_ initializer: Initializer) -> Self {
    var convolution = convolution
    convolution.bias = initializer
    return Self(convolution)
  }
}
