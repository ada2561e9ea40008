import NetworkGraph

/// A recurrent cell over all steps: LSTM, GRU or a plain one.
enum RecurrentRecognizer: Recognizer {
  private static let gates = ["LSTM": 4, "GRU": 3, "RNN": 1]

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let gates = gates[index.kind(node)] else { return nil }
    let outputs = index.graph.nodes[node].outputs.compactMap(\.self)
    // All states where they are read, else the last one.
    guard
      let output = outputs.first(where: { !index.consumers[$0.index].isEmpty || index.outputs.contains($0) })
        ?? outputs.first
    else { return nil }
    let inputs = index.graph.nodes[node].inputs
    var found = Recognition(
      kind: index.kind(node).lowercased(), anchor: node, preactivation: output, traits: [.contracts, .recurs],
      takesActivation: false)
    for place in [1, 2] where place < inputs.count {
      for parameter in index.constituents(inputs[place]) {
        // Gates times units x inputs, possibly with both directions in front.
        let shape = index.graph.parameters[parameter].shape
        guard shape.rank >= 2, shape.count > 0, let columns = shape.extents.last, shape[shape.rank - 2] % gates == 0 else {
          continue
        }
        let units = shape[shape.rank - 2] / gates
        let weights = WeightShape(outputs: units, inputs: columns, copies: shape.count / (units * columns))
        found.parameters.append(
          (GraphIndex.Held(parameter: parameter, isTransposed: false), .weight(weights, isStoredTransposed: false)))
      }
    }
    for parameter in index.constituents(inputs.count > 3 ? inputs[3] : nil) {
      found.parameters.append((GraphIndex.Held(parameter: parameter, isTransposed: false), .bias(fan: nil)))
    }
    return found
  }
}
