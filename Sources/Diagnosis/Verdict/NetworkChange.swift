import NetworkGraph
import SignalPropagation

/// Makes networks that differ from a given one by one remedy.
package enum NetworkChange {
  /// Sets every hidden bias of a dense layer to zero; nil where all are zero already.
  package static func withoutBiases(_ network: Network) -> Network? {
    hiddenLayers(of: network) { node in
      guard node.layer.theory == .linear, let bias = bias(of: node)?.initializer, bias != .zeros else { return nil }
      return node.layer.replacing(bias: .zeros)
    }
  }

  /// Every hidden bias of a dense or convolutional layer drawn from `initializer`; nil where there is none.
  package static func withBiases(_ network: Network, _ initializer: Initializer) -> Network? {
    hiddenLayers(of: network) { node in
      guard node.layer.hasRowPerUnit, bias(of: node) != nil else { return nil }
      return node.layer.replacing(bias: initializer)
    }
  }

  private static func bias(of node: Network.Node) -> ParameterTensor? { node.parameters.first { $0.role == .bias } }

  /// Replaces dense activations that saturate on one side of 0, or never vanish, by tanh; nil where there is none.
  package static func withTanh(_ network: Network) -> Network? {
    replacingLayers(of: network) { _, node in
      guard node.layer.theory == .linear, node.layer.activation.laws.isPositiveAtZero else { return nil }
      return node.layer.replacing(activation: .tanh)
    }
  }

  /// Lets gains of zero start from ones where no path leads around them; nil where there are none. At the end of a branch
  /// such gains are meant to be zero.
  package static func withGainsOfOne(_ network: Network) -> Network? {
    let gains = stuckGains(network)
    guard !gains.isEmpty else { return nil }
    return replacingLayers(of: network) { _, node in gains.contains(node.name) ? node.layer.withGainsOfOne : nil }
  }

  /// The layers in the only path whose gains start from zero.
  package static func stuckGains(_ network: Network) -> [String] {
    let isBypassed = GrowthPath(network).isBypassed
    return zip(network.nodes, isBypassed).filter { node, isBypassed in
      !isBypassed && node.layer.withGainsOfOne != nil
        && node.parameters.contains { tensor in
          tensor.role == .gain && tensor.initializer?.law(for: tensor).rootMeanSquare(tensor.shape) == 0
        }
    }.map(\.0.name)
  }

  /// The network with other hidden layers.
  private static func hiddenLayers(of network: Network, _ change: (Network.Node) -> (any Layer)?) -> Network? {
    let output = network.outputIndex
    return replacingLayers(of: network) { index, node in index == output ? nil : change(node) }
  }

  /// The network with the layers that `change` gives, and its own where that is nil; nil where none changes.
  private static func replacingLayers(
    of network: Network, _ change: (Int, Network.Node) -> (any Layer)?
  ) -> Network? {
    guard isOurs(network) else { return nil }
    var changed = false
    let placements = network.nodes.enumerated().map { index, node in
      let layer = change(index, node)
      if layer != nil { changed = true }
      return Network.Placement(name: node.name, layer: layer ?? node.layer, inputs: node.inputs)
    }
    return changed ? try? Network(name: network.name, input: network.input, placements: placements) : nil
  }

  /// Whether the network's layers can be exchanged. What a graph of operators computes is given by its file.
  private static func isOurs(_ network: Network) -> Bool { !network.nodes.contains { $0.layer.bringsWeights } }

  /// Adds layer normalization between each dense layer and its activation; nil where something is normalized already, or no
  /// dense layer has an activation.
  package static func normalized(_ network: Network) -> Network? {
    guard isOurs(network), !network.nodes.contains(where: { $0.layer.traits.contains(.normalizes) }) else { return nil }
    var renamed: [String: String] = [:]
    var placements: [Network.Placement] = []
    for node in network.nodes {
      let inputs = node.inputs.map { renamed[$0] ?? $0 }
      let activation = node.layer.activation
      guard node.layer.theory == .linear, !activation.isIdentity, let dense = node.layer.replacing(activation: .identity)
      else {
        placements.append(Network.Placement(name: node.name, layer: node.layer, inputs: inputs))
        continue
      }
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
    guard isOurs(network), !network.nodes.contains(where: { $0.layer.traits.contains(.sums) }) else { return nil }
    let consumers = Dictionary(grouping: network.nodes.flatMap { node in node.inputs.map { ($0, node) } }, by: \.0)
    var renamed: [String: String] = [:]
    var placements: [Network.Placement] = []
    for (index, node) in network.nodes.enumerated() {
      placements.append(
        Network.Placement(name: node.name, layer: node.layer, inputs: node.inputs.map { renamed[$0] ?? $0 }))
      guard index < network.nodes.count - 1 else { break }
      // A block of a dense layer and a normalization ends with the normalization.
      let dense: Network.Node
      if node.layer.traits.contains(.normalizes), index > 0, network.nodes[index - 1].name == node.inputs[0] {
        dense = network.nodes[index - 1]
      } else {
        dense = node
        if let next = consumers[node.name]?.first?.1.layer, next.traits.contains(.normalizes) { continue }
      }
      guard dense.layer.theory == .linear, dense.inputShapes[0] == node.shape, dense.inputs[0] != Network.inputName else {
        continue
      }
      placements.append(
        Network.Placement(
          name: "\(node.name)_sum", layer: Add(), inputs: [renamed[dense.inputs[0]] ?? dense.inputs[0], node.name]))
      renamed[node.name] = "\(node.name)_sum"
    }
    guard !renamed.isEmpty else { return nil }
    return try? Network(name: network.name, input: network.input, placements: placements)
  }
}
