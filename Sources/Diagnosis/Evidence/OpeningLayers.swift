import NetworkGraph

/// Finds the layers that open and close others: a bias sets how far they are open at the start, as in highway networks.
enum OpeningLayers {
  /// The names of the layers with an activation between 0 and 1 whose readers all multiply it with another signal.
  static func names(_ network: Network) -> Set<String> {
    var readers: [String: [Network.Node]] = [:], found: Set<String> = []
    for node in network.nodes { for input in Set(node.inputs) { readers[input, default: []].append(node) } }
    func isProduct(_ node: Network.Node) -> Bool {
      node.layer.traits.isSuperset(of: [.elementwise, .joins]) && !node.layer.traits.contains(.sums)
    }
    for node in network.nodes.reversed() {
      let readers = readers[node.name] ?? []
      guard !readers.isEmpty else { continue }
      let opens = readers.allSatisfy { isProduct($0) || found.contains($0.name) && $0.layer.traits.contains(.activates) }
      // The activation may be a layer of its own, behind the one with the bias.
      if opens, isBounded(node.layer.activation) || readers.allSatisfy({ found.contains($0.name) }) {
        found.insert(node.name)
      }
    }
    return found
  }

  private static func isBounded(_ activation: Activation) -> Bool {
    activation.value(-1e9) == 0 && activation.value(1e9) == 1
  }
}
