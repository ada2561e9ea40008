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

  /// The fewest rows of the tables that a value indexes, directly or after changes of shape or type.
  private static func smallestTable(_ value: ValueID, in index: GraphIndex) -> Int? {
    var rows: [Int] = [], front = [value], seen: Set<ValueID> = []
    while let value = front.popLast() {
      guard seen.insert(value).inserted, seen.count < 1024 else { continue }
      for node in index.consumers[value.index] {
        let inputs = index.graph.nodes[node].inputs
        switch index.kind(node) {
        case "Gather":
          guard inputs.count > 1, inputs[1] == value, let table = inputs[0], index.isFloat(table) else { continue }
          var axis = 0
          if case .int(let given)? = index.origins[node].attributes["axis"] { axis = given }
          let shape = index.type(table).shape
          axis = axis < 0 ? axis + shape.rank : axis
          if shape.extents.indices.contains(axis) { rows.append(shape[axis]) }
        case "Reshape", "Cast", "Unsqueeze", "Squeeze", "Identity", "Transpose", "Slice", "Split", "Flatten", "Where",
          "Clip",
          "Concat":
          front += index.graph.nodes[node].outputs.compactMap(\.self)
        default: break
        }
      }
    }
    return rows.min()
  }
}
