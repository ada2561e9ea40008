import NetworkGraph

/// A product of two signals of one shape, as in gated units: one opens or closes the other.
enum GateRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard index.kind(node) == "Mul", let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
    guard inputs.count == 2, inputs[0] != inputs[1], inputs.allSatisfy({ index.isSignal($0) }),
      inputs.contains(where: { index.type($0).shape == index.type(output).shape }), index.type(output).shape.rank >= 2
    else { return nil }
    // x * sigmoid(x) is an activation, which its own layer takes.
    guard !ActivationRegion.endsWith(node, in: index), !isRotary(node, in: index) else { return nil }
    return Recognition(
      kind: "gate", anchor: node, preactivation: output, traits: [.elementwise, .joins], takesActivation: false,
      suffix: "gate")
  }

  /// Products with tables of positions are no gates.
  private static func isRotary(_ node: Int, in index: GraphIndex) -> Bool {
    index.graph.nodes[node].inputs.compactMap(\.self).contains { value in
      guard let producer = index.producer[value.index] else { return false }
      return ["Cos", "Sin", "Unsqueeze"].contains(index.kind(producer)) && !index.isSignal(value)
    }
  }
}
