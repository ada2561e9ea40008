import NetworkGraph

/// A linear layer: a matrix product of a signal with a trainable matrix, and a trainable bias that is added to it.
enum LinearRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard ["MatMul", "Gemm"].contains(index.kind(node)) else { return nil }
    let inputs = index.graph.nodes[node].inputs
    guard inputs.count >= 2, let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    // The matrix may stand on either side.
    let sides = [1, 0].filter { index.isSignal(inputs[1 - $0]) && index.weightOperand(inputs[$0]) != nil }
    guard let side = sides.first, let value = inputs[side], let operand = index.weightOperand(value),
      let (weights, use) = use(of: operand, at: side, of: node, in: index)
    else { return nil }
    var found = Recognition(
      kind: "linear", anchor: node, preactivation: output, parameters: [(operand.held, use)],
      traits: weights.copies == 1 ? [.contracts, .rowPerUnit, .featuresLast] : [.contracts])
    if index.kind(node) == "Gemm", inputs.count > 2, let bias = index.heldPiece(inputs[2]) {
      found.parameters.append((bias, .bias(fan: weights)))
    } else if let (bias, sum) = BiasSum.after(
      output, in: index, units: side == 1 ? index.type(output).shape.extents.last ?? 1 : weights.outputs)
    {
      // A piece of the weights has a piece of the bias.
      found.parameters.append((bias, .bias(fan: weights)))
      found.preactivation = sum
    }
    found.parameters += index.scales(of: value, except: operand)
    return found
  }

  /// What a trainable tensor is to the product that reads its elements.
  ///
  /// - Parameters:
  ///   - operand: The tensor.
  ///   - side: Which operand of the product it is.
  ///   - node: The product.
  static func use(
    of operand: WeightOperand, at side: Int, of node: Int, in index: GraphIndex
  ) -> (shape: WeightShape, use: TensorUse)? {
    guard let value = index.graph.nodes[node].inputs[side] else { return nil }
    let read = index.type(value).shape, held = operand.held, stored = index.graph.parameters[held.parameter].shape
    // A piece of a tensor has the fans of the whole, which is drawn as one.
    let isPiece = stored.count != read.count
    let shape = isPiece ? stored : read
    guard shape.rank >= 2, shape.count > 0 else { return nil }
    var isOutputsFirst = side == 0
    if index.kind(node) == "Gemm", flag(index, node, side == 1 ? "transB" : "transA") { isOutputsFirst.toggle() }
    // The tensor's own axes lie the other way where it is turned around before it is read.
    let isOwnOutputsFirst = isPiece ? isOutputsFirst != held.isTransposed : isOutputsFirst
    let rows = shape[shape.rank - 2], columns = shape[shape.rank - 1]
    let weights = WeightShape(
      outputs: isOwnOutputsFirst ? rows : columns, inputs: isOwnOutputsFirst ? columns : rows,
      copies: shape.count / max(1, rows * columns))
    // As the operator sees it the matrix is inputs x outputs; a transpose on the way turns the stored one around.
    return (
      weights,
      .weight(weights, isStoredTransposed: isOutputsFirst == held.isTransposed, isShaped: !operand.isWhole)
    )
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
      guard let input, let held = index.heldPiece(input), index.type(input).shape.count == units else { continue }
      return (held, sum)
    }
    return nil
  }
}
