import NetworkGraph

/// Pooling over positions, by windows or as a whole.
enum PoolingRecognizer: Recognizer {
  private static let kinds: [String: (name: String, traits: OperatorTraits)] = [
    "MaxPool": ("max_pool", [.pools, .takesLargest]), "AveragePool": ("average_pool", [.pools, .averages]),
    "GlobalAveragePool": ("global_average_pool", [.pools, .averages]),
    "GlobalMaxPool": ("global_max_pool", [.pools, .takesLargest]), "LpPool": ("lp_pool", [.pools]),
  ]

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil, let input = index.graph.nodes[node].inputs.first ?? nil,
      index.isSignal(input)
    else { return nil }
    if let kind = kinds[index.kind(node)] {
      return Recognition(
        kind: kind.name, anchor: node, preactivation: output, traits: kind.traits, takesActivation: false)
    }
    // A mean over the last two axes of images, or over the steps of sequences: what adaptive pooling becomes.
    guard index.kind(node) == "ReduceMean" else { return nil }
    let before = index.type(input).shape, after = index.type(output).shape
    guard before.rank >= 3, after.rank >= 2, after.count > 0, before[0] == after[0],
      before[1] == after[1] || before.rank == 3,
      before.count / after.count > 1, before.rank == 4 || after.extents.last == before.extents.last
    else { return nil }
    return Recognition(
      kind: "global_average_pool", anchor: node, preactivation: output, traits: [.pools, .averages],
      takesActivation: false)
  }
}
