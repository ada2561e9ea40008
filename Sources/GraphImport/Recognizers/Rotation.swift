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
    guard index.kind(node) == "Add", inputs.count == 2 else { return false }
    return inputs.allSatisfy { index.producer[$0.index].map { isPart($0, in: index) } ?? false }
      || hasKnownTables(inputs, in: index)
  }

  /// Whether both summands are products with known tables whose squares add up to 1: cosines and sines that the model holds.
  private static func hasKnownTables(_ summands: [ValueID], in index: GraphIndex) -> Bool {
    let tables = summands.compactMap { summand -> [Float]? in
      guard let product = index.producer[summand.index], index.kind(product) == "Mul" else { return nil }
      return index.graph.nodes[product].inputs.compactMap(\.self).compactMap { index.constants[$0.index]?.floats }.first
    }
    guard tables.count == 2, tables[0].count == tables[1].count, tables[0].count > 1 else { return false }
    // As 16-bit numbers have them.
    return zip(tables[0], tables[1]).allSatisfy { abs($0 * $0 + $1 * $1 - 1) < 0.02 }
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
