import NetworkGraph

/// Attention: the operator of that name, or a softmax between two products of signals, with masks, scales and repeated
/// heads in between. What is looked at is the mix of values that leaves it.
enum AttentionRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    let inputs = index.graph.nodes[node].inputs
    switch index.kind(node) {
    case "Attention", "MultiHeadAttention", "GroupQueryAttention":
      return Recognition(
        kind: "attention", anchor: node, preactivation: output, traits: [.attends], takesActivation: false,
        suffix: "attention")
    case "MatMul", "Einsum":
      guard inputs.count == 2, index.isSignal(inputs[0]), index.isSignal(inputs[1]),
        let weights = inputs[0], comesFromSoftmax(weights, in: index)
      else { return nil }
      return Recognition(
        kind: "attention", anchor: node, preactivation: output, traits: [.attends], takesActivation: false,
        suffix: "attention")
    default: return nil
    }
  }

  private static func comesFromSoftmax(_ value: ValueID, in index: GraphIndex) -> Bool {
    var value = value
    for _ in 0..<6 {
      guard let node = index.producer[value.index] else { return false }
      switch index.kind(node) {
      case "Softmax": return true
      // NaN is replaced where a row is masked whole; dropout is off.
      case "Where":
        guard let next = index.graph.nodes[node].inputs.dropFirst().compactMap(\.self).first(where: { index.isSignal($0) })
        else { return false }
        value = next
      case "Dropout", "Cast", "CastLike", "Identity", "Reshape", "Transpose":
        guard let next = index.graph.nodes[node].inputs.first ?? nil else { return false }
        value = next
      default: return false
      }
    }
    return false
  }
}
