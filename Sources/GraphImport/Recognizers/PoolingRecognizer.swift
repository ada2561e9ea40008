import NetworkGraph

/// Pooling over positions, by windows or as a whole.
enum PoolingRecognizer: Recognizer {
  private static let kinds: [String: (name: String, traits: OperatorTraits)] = [
    "MaxPool": ("max_pool", [.pools, .takesLargest, .channelsFirst]),
    "AveragePool": ("average_pool", [.pools, .averages, .channelsFirst]),
    "GlobalAveragePool": ("global_average_pool", [.pools, .averages, .channelsFirst]),
    "GlobalMaxPool": ("global_max_pool", [.pools, .takesLargest, .channelsFirst]),
    "LpPool": ("lp_pool", [.pools, .channelsFirst]),
  ]

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil, let input = index.graph.nodes[node].inputs.first ?? nil,
      index.isSignal(input)
    else { return nil }
    if let kind = kinds[index.kind(node)] {
      return Recognition(
        kind: kind.name, anchor: node, preactivation: output, traits: kind.traits, takesActivation: false)
    }
    // A mean over all places of images or volumes, or over the steps of sequences: what adaptive pooling becomes. A mean
    // over features alone is part of a normalization.
    guard index.kind(node) == "ReduceMean", let axes = axes(of: node, in: index) else { return nil }
    let rank = index.type(input).shape.rank
    guard rank > 3 && axes == Set(2..<rank) || rank > 2 && axes == Set(1..<(rank - 1)) else { return nil }
    return Recognition(
      kind: "global_average_pool", anchor: node, preactivation: output, traits: [.pools, .averages],
      takesActivation: false)
  }

  /// The axes that a node reduces, counted from the front; nil where they depend on data.
  private static func axes(of node: Int, in index: GraphIndex) -> Set<Int>? {
    let inputs = index.graph.nodes[node].inputs
    guard let input = inputs.first ?? nil else { return nil }
    var axes: [Int] = []
    if inputs.count > 1, let list = inputs[1] {
      guard let constant = index.constants[list.index]?.integers else { return nil }
      axes = constant
    } else if case .ints(let list)? = index.origins[node].attributes["axes"] {
      axes = list
    }
    let rank = index.type(input).shape.rank
    return axes.isEmpty ? Set(0..<rank) : Set(axes.map { $0 < 0 ? $0 + rank : $0 })
  }
}
