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
      kind: index.kind(node).lowercased(), anchor: node, preactivation: samplesFirst(output, of: node, in: index),
      traits: [.contracts, .recurs, .featuresLast],
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

  /// The states with samples in front and features last, where the model puts them so. The operator has steps in front, and
  /// an axis of directions.
  private static func samplesFirst(_ output: ValueID, of node: Int, in index: GraphIndex) -> ValueID {
    guard let input = index.graph.nodes[node].inputs.first ?? nil, index.type(input).shape.rank == 3,
      index.type(output).shape.rank == 4
    else { return output }
    let states = index.type(output).shape, steps = states[0], samples = states[2]
    let wanted = [samples, steps, states[1] * states[3]]
    var value = output, isTurned = false
    for _ in 0..<6 {
      guard let next = index.onlyConsumer(value), GraphIndex.passing.contains(index.kind(next)),
        let result = index.graph.nodes[next].outputs.first ?? nil
      else { break }
      if index.kind(next) == "Transpose" { isTurned.toggle() }
      value = result
      // Equal numbers of steps and samples are told apart by the transposition.
      if index.type(value).shape.extents == wanted, isTurned || steps != samples { return value }
    }
    return output
  }
}
