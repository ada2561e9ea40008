import NetworkGraph

/// A bilinear form `y_k = x1^T W_k x2 + b_k`, which an export writes as a product with W, laid out flat, and one with x2.
enum BilinearRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    let inputs = index.graph.nodes[node].inputs
    guard index.kind(node) == "MatMul", inputs.count == 2, index.isSignal(inputs[0]), let held = index.held(inputs[1]),
      let first = index.graph.nodes[node].outputs.first ?? nil
    else { return nil }
    let shape = index.graph.parameters[held.parameter].shape
    // (outputs, left features, right features) become left features x (outputs x right features).
    guard shape.rank == 3, let flat = inputs[1], index.type(flat).shape.extents == [shape[1], shape[0] * shape[2]],
      let parts = next("Reshape", first, in: index), let second = index.onlyConsumer(parts), index.kind(second) == "MatMul",
      index.graph.nodes[second].inputs.allSatisfy({ index.isSignal($0) }),
      let column = index.graph.nodes[second].outputs.first ?? nil, let form = next("Squeeze", column, in: index)
    else { return nil }
    // Fans are PyTorch's for a tensor of three axes.
    let weights = WeightShape(outputs: shape[0], inputs: shape[1], taps: [shape[2]])
    var found = Recognition(
      kind: "bilinear", anchor: node, preactivation: form,
      parameters: [(held, .weight(weights, isStoredTransposed: false))], traits: [.contracts, .rowPerUnit, .featuresLast])
    if let (bias, sum) = BiasSum.after(form, in: index, units: shape[0]) {
      found.parameters.append((bias, .bias(fan: weights)))
      found.preactivation = sum
    }
    return found
  }

  private static func next(_ kind: String, _ value: ValueID, in index: GraphIndex) -> ValueID? {
    guard let node = index.onlyConsumer(value), index.kind(node) == kind, index.graph.nodes[node].inputs.first == value
    else { return nil }
    return index.graph.nodes[node].outputs.first ?? nil
  }
}
