extension Network {
  /// Multiplications of a sample's forward pass: each weight once for each position that it serves.
  package var multiplications: Double {
    nodes.reduce(0) { sum, node in
      guard !node.layer.traits.contains(.readsTokens) else { return sum }
      return sum + node.weightCount * Double(node.positions)
    }
  }

  /// Numbers that all layers make of one sample.
  package var valueCount: Double { nodes.reduce(0) { $0 + Double($1.shape.count) } }
}

extension Network.Node {
  fileprivate var weightCount: Double {
    parameters.filter { $0.role == .weight }.reduce(0.0) { $0 + Double($1.shape.count) }
  }

  /// Places of a sample at which the layer's weights are used: pixels of an image's output, steps of a sequence.
  fileprivate var positions: Int {
    let input = inputShapes.first?.dimensions ?? []
    switch input.count {
    case 3: return max(1, shape.dimensions.count == 3 ? shape.dimensions.dropFirst().reduce(1, *) : 1)
    case 2: return max(1, input[0])
    default: return 1
    }
  }
}
