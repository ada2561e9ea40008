import NetworkGraph

/// A linear layer: a matrix product of a signal with a trainable matrix, and a trainable bias that is added to it.
enum LinearRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard ["MatMul", "Gemm"].contains(index.kind(node)) else { return nil }
    let inputs = index.graph.nodes[node].inputs
    guard inputs.count >= 2, let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    // The matrix may stand on either side.
    let sides = [1, 0].filter { index.held(inputs[$0]) != nil && index.isSignal(inputs[1 - $0]) }
    guard let side = sides.first, let held = index.held(inputs[side]), let value = inputs[side] else { return nil }
    let shape = index.type(value).shape
    guard shape.rank >= 2, shape.count > 0 else { return nil }
    var isOutputsFirst = side == 0
    if index.kind(node) == "Gemm", flag(index, node, side == 1 ? "transB" : "transA") { isOutputsFirst.toggle() }
    let rows = shape[shape.rank - 2], columns = shape[shape.rank - 1]
    let copies = shape.count / max(1, rows * columns)
    let weights = WeightShape(
      outputs: isOutputsFirst ? rows : columns, inputs: isOutputsFirst ? columns : rows, copies: copies)
    // As the operator sees it the matrix is inputs x outputs; a transpose on the way turns the stored one around.
    let isStoredTransposed = copies == 1 && isOutputsFirst == held.isTransposed
    var found = Recognition(
      kind: "linear", anchor: node, preactivation: output,
      parameters: [(held, .weight(weights, isStoredTransposed: isStoredTransposed))],
      traits: copies == 1 ? [.contracts, .rowPerUnit] : [.contracts])
    if index.kind(node) == "Gemm", inputs.count > 2, let bias = index.held(inputs[2]) {
      found.parameters.append((bias, .bias(fan: weights)))
    } else if let (bias, sum) = BiasSum.after(output, in: index, units: weights.outputs) {
      found.parameters.append((bias, .bias(fan: weights)))
      found.preactivation = sum
    }
    return found
  }

  private static func flag(_ index: GraphIndex, _ node: Int, _ name: String) -> Bool {
    if case .int(let value)? = index.origins[node].attributes[name] { value != 0 } else { false }
  }
}

/// A trainable vector that is added to the result of a product.
enum BiasSum {
  static func after(_ value: ValueID, in index: GraphIndex, units: Int) -> (bias: GraphIndex.Held, sum: ValueID)? {
    guard let next = index.onlyConsumer(value), index.kind(next) == "Add",
      let sum = index.graph.nodes[next].outputs.first ?? nil
    else { return nil }
    for input in index.graph.nodes[next].inputs where input != value {
      guard let input, let held = index.held(input), index.type(input).shape.count == units else { continue }
      return (held, sum)
    }
    return nil
  }
}
