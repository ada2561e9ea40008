import NetworkGraph

/// A linear layer written as a sum of products by labels, such as `bi,eio->beo`: one trainable tensor and one signal.
///
/// Labels that the tensor and the signal share are its inputs where the result lacks them, and its copies where the result
/// has them; the tensor's other labels are its outputs.
enum EinsumRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard index.kind(node) == "Einsum", let output = index.graph.nodes[node].outputs.first ?? nil,
      case .string(let equation)? = index.origins[node].attributes["equation"]
    else { return nil }
    let inputs = index.graph.nodes[node].inputs, sides = equation.filter { $0 != " " }.split(separator: "->")
    guard inputs.count == 2, sides.count == 2 else { return nil }
    let operands = sides[0].split(separator: ",").map(Array.init), result = Set(sides[1])
    guard operands.count == 2, !equation.contains(".") else { return nil }
    for side in [1, 0] {
      guard index.isSignal(inputs[1 - side]), let value = inputs[side], let operand = index.weightOperand(value),
        operand.isWhole
      else { continue }
      let extents = index.type(value).shape.extents, own = operands[side], other = Set(operands[1 - side])
      guard own.count == extents.count, Set(own).count == own.count, !extents.contains(0) else { continue }
      func size(_ holds: (Character) -> Bool) -> Int {
        zip(own, extents).filter { holds($0.0) }.reduce(1) { $0 * $1.1 }
      }
      let fanIn = size { !result.contains($0) }
      // A label that stands before all that are summed over counts matrices of one tensor, as those of experts.
      let firstInput = own.firstIndex { !result.contains($0) } ?? own.count
      let isCopy = { (label: Character) in
        result.contains(label) && (other.contains(label) || own.count > 2 && (own.firstIndex(of: label) ?? 0) < firstInput)
      }
      let copies = size(isCopy), fanOut = size { result.contains($0) && !isCopy($0) }
      let weights = WeightShape(outputs: fanOut, inputs: fanIn, copies: copies)
      // Copies first and inputs before outputs: each matrix is stored as inputs x outputs.
      let order = own.map { isCopy($0) ? 0 : result.contains($0) ? 2 : 1 }
      let isTransposed = order == order.sorted() && !operand.held.isTransposed
      var found = Recognition(
        kind: "linear", anchor: node, preactivation: output,
        parameters: [(operand.held, .weight(weights, isStoredTransposed: isTransposed))], traits: [.contracts])
      if let (bias, sum) = BiasSum.after(output, in: index, units: copies * fanOut) {
        found.parameters.append((bias, .bias(fan: weights)))
        found.preactivation = sum
      }
      return found
    }
    return nil
  }
}
