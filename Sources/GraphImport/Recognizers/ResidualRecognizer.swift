import NetworkGraph

/// A sum of two signals of one shape: a residual connection, or embeddings that are added up.
enum ResidualRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard ["Add", "Sum"].contains(index.kind(node)), let output = index.graph.nodes[node].outputs.first ?? nil else {
      return nil
    }
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self), shape = index.type(output).shape
    let signals = inputs.filter { index.isSignal($0) && index.type($0).shape == shape }
    guard shape.rank >= 2, !Rotation.isSum(node, in: index) else { return nil }
    if signals.count >= 2 {
      return Recognition(
        kind: "sum", anchor: node, preactivation: output, traits: [.elementwise, .sums, .joins], suffix: "sum")
    }
    // A signal and a trainable tensor that is more than a bias: positions.
    guard signals.count == 1, let other = inputs.first(where: { $0 != signals[0] }), let held = index.held(other),
      index.type(other).shape.extents.filter({ $0 > 1 }).count >= 2
    else { return nil }
    return Recognition(
      kind: "sum", anchor: node, preactivation: output, parameters: [(held, .shift)],
      traits: [.elementwise, .sums, .joins], suffix: "sum")
  }
}
