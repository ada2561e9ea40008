import NetworkGraph

/// An activation function that stands for itself: its input belongs to no layer, or to several readers.
enum StandaloneActivationRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let (activation, input, output) = ActivationRegion.ending(at: node, in: index), index.isSignal(input),
      index.type(output).shape.rank >= 2
    else { return nil }
    return Recognition(
      kind: activation.entry.name, anchor: node, preactivation: input, traits: [.activates],
      function: (activation, output), suffix: activation.entry.name)
  }
}
