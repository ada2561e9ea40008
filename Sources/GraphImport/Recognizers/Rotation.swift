import NetworkGraph

/// Rotary positions: x cos + rotated x sin, which turns pairs of features and changes no size.
enum Rotation {
  /// Whether a node multiplies by a table of positions.
  static func isPart(_ node: Int, in index: GraphIndex) -> Bool {
    guard index.kind(node) == "Mul" else { return false }
    return index.graph.nodes[node].inputs.compactMap(\.self).contains { isTable($0, in: index) }
  }

  /// Whether a node adds the two parts.
  static func isSum(_ node: Int, in index: GraphIndex) -> Bool {
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
    return index.kind(node) == "Add" && inputs.count == 2
      && inputs.allSatisfy { index.producer[$0.index].map { isPart($0, in: index) } ?? false }
  }

  /// Sines and cosines of positions, possibly cut, repeated or with further axes.
  private static func isTable(_ value: ValueID, in index: GraphIndex) -> Bool {
    var value = value
    for _ in 0..<8 {
      guard let producer = index.producer[value.index] else { return false }
      let kind = index.kind(producer)
      if kind == "Cos" || kind == "Sin" { return true }
      guard ["Unsqueeze", "Cast", "Identity", "Slice", "Concat", "Expand", "Reshape", "Gather", "Mul"].contains(kind),
        let source = index.graph.nodes[producer].inputs.first ?? nil
      else { return false }
      // Tables may be scaled by a constant, and by nothing else.
      if kind == "Mul", index.graph.nodes[producer].inputs.compactMap(\.self).allSatisfy({ index.type($0).shape.count > 1 })
      {
        return false
      }
      value = source
    }
    return false
  }
}
