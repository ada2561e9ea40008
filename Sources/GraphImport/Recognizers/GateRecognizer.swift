import NetworkGraph

/// A product of two signals of one shape, as in gated units: one opens or closes the other.
enum GateRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard index.kind(node) == "Mul", let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
    // A factor of one element is a scale, such as attention's.
    guard inputs.count == 2, inputs[0] != inputs[1],
      inputs.allSatisfy({ index.isSignal($0) && index.type($0).shape.count > 1 }),
      inputs.contains(where: { index.type($0).shape == index.type(output).shape }), index.type(output).shape.rank >= 2
    else { return nil }
    // The kernel of a convolution, which data scale, is none of its signals.
    guard !isKernel(output, in: index) else { return nil }
    // x * sigmoid(x) is an activation, which its own layer takes.
    guard !ActivationRegion.endsWith(node, in: index), !Rotation.isPart(node, in: index) else { return nil }
    return Recognition(
      kind: "gate", anchor: node, preactivation: output, traits: [.elementwise, .joins], takesActivation: false,
      suffix: "gate")
  }

  /// Whether a value becomes the kernel of a convolution, as a whole or after further factors.
  private static func isKernel(_ value: ValueID, in index: GraphIndex) -> Bool {
    var value = value
    // A few factors and changes of shape.
    for _ in 0..<8 {
      guard let node = index.consumers[value.index].last, let output = index.graph.nodes[node].outputs.first ?? nil else {
        return false
      }
      switch index.kind(node) {
      case "Conv", "ConvTranspose": return index.graph.nodes[node].inputs.dropFirst().first == value
      case "Mul": value = output
      case let kind where GraphIndex.passing.contains(kind): value = output
      default: return false
      }
    }
    return false
  }
}
