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
      // Directions x gates times units x inputs.
      guard let value = inputs[place], let held = index.held(value), index.type(value).shape.rank == 3 else { continue }
      let shape = index.type(value).shape
      guard shape.count > 0, shape[1] % gates == 0 else { continue }
      let weights = WeightShape(outputs: shape[1] / gates, inputs: shape[2], copies: gates * shape[0])
      found.parameters.append((held, .weight(weights, isStoredTransposed: false)))
    }
    if inputs.count > 3, let bias = index.held(inputs[3]) { found.parameters.append((bias, .bias(fan: nil))) }
    return found
  }
}
