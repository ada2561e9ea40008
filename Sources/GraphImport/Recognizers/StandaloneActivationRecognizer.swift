import NetworkGraph

/// An activation function that stands for itself: its input belongs to no layer, or to several readers.
enum StandaloneActivationRecognizer: Recognizer {
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard let region = ActivationRegion.ending(at: node, in: index), index.isSignal(region.argument),
      index.type(region.output).shape.rank >= 2
    else { return nil }
    let name = String(region.activation.label.prefix { $0 != "(" })
    return Recognition(
      kind: name, anchor: node, preactivation: region.argument, traits: [.activates],
      function: (region.activation, region.output), suffix: name)
  }
}
