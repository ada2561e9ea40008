import NetworkGraph
import ONNXFiles

/// Decides what stands in for data at each input of a graph, by its type, its readers and its name.
enum InputDraws {
  static func of(_ inputs: [(info: ONNXValueInfo, value: ValueID)], in index: GraphIndex) -> [GraphModel.Input] {
    inputs.map { GraphModel.Input(name: $0.info.name, value: $0.value, draw: draw($0.info.name, $0.value, in: index)) }
  }

  private static func draw(_ name: String, _ value: ValueID, in index: GraphIndex) -> GraphModel.InputDraw {
    let lowered = name.lowercased()
    let isMask = lowered.contains("mask")
    switch index.type(value).element {
    case .bool: return .ones
    case .float32: return isMask ? .ones : .normal
    case .int64:
      if isMask { return .ones }
      if lowered.contains("token_type") || lowered.contains("segment") { return .zeros }
      if lowered.contains("position") { return .positions }
      if let rows = smallestTable(value, in: index) { return .identifiers(below: rows) }
      return .ones
    }
  }

  /// The fewest rows of the tables that a value indexes, or of what it is scattered into, directly or after changes of shape
  /// or type.
  private static func smallestTable(_ value: ValueID, in index: GraphIndex) -> Int? {
    var rows: [Int] = [], front = [value], seen: Set<ValueID> = []
    while let value = front.popLast() {
      guard seen.insert(value).inserted, seen.count < 1024 else { continue }
      for node in index.consumers[value.index] {
        let inputs = index.graph.nodes[node].inputs
        switch index.kind(node) {
        case "Gather", "GatherElements", "ScatterElements":
          if inputs[0] == value {
            // One of several columns of ids.
            front += index.graph.nodes[node].outputs.compactMap(\.self)
          } else if inputs.count > 1, inputs[1] == value, let table = inputs[0], index.isFloat(table) {
            if let count = extent(of: table, node, standard: 0, in: index) { rows.append(count) }
          }
        case "ScatterND":
          guard inputs.count > 1, inputs[1] == value, let table = inputs[0], index.type(value).shape.extents.last == 1
          else { continue }
          if let count = index.type(table).shape.extents.first { rows.append(count) }
        case "OneHot":
          guard inputs[0] == value, let codes = index.graph.nodes[node].outputs.first ?? nil else { continue }
          if let count = extent(of: codes, node, standard: -1, in: index) { rows.append(count) }
        case "Expand", "Tile", "CastLike", "Reshape", "Cast", "Unsqueeze", "Squeeze", "Identity", "Transpose", "Slice",
          "Split", "Flatten", "Where",
          "Clip",
          "Concat":
          front += index.graph.nodes[node].outputs.compactMap(\.self)
        default: break
        }
      }
    }
    return rows.min()
  }

  /// A tensor's extent along the axis that a node names.
  private static func extent(of value: ValueID, _ node: Int, standard: Int, in index: GraphIndex) -> Int? {
    var axis = standard
    if case .int(let given)? = index.origins[node].attributes["axis"] { axis = given }
    let shape = index.type(value).shape
    axis = axis < 0 ? axis + shape.rank : axis
    return shape.extents.indices.contains(axis) ? shape[axis] : nil
  }
}
