/// Decides whether a final softmax or sigmoid is left to the loss, which computes it by itself.
///
/// Cross entropy takes logits. A softmax layer at the end of a network is therefore left out under cross entropy, and a
/// sigmoid at its end under binary cross entropy: the loss contains them, as Keras's losses on probabilities do in effect,
/// and as `torch.nn.CrossEntropyLoss` and `BCEWithLogitsLoss` do for a network that ends in logits.
package struct OutputPlan {
  /// The nodes that run: all, or all but a softmax that the loss contains.
  package var nodes: ArraySlice<Network.Node>
  /// Whether the last node's activation is left to the loss.
  package var plainOutput: Bool

  package init(_ network: Network, _ loss: Loss) {
    nodes = network.nodes[...]
    plainOutput = false
    guard let last = network.nodes.last else { return }
    if loss == .crossEntropy, last.layer.traits.contains(.producesProbabilities), network.nodes.count > 1,
      case .features = last.shape
    {
      nodes = nodes.dropLast()
    }
    if loss == .binaryCrossEntropy, last.layer.activation.entry.name == "sigmoid" { plainOutput = true }
  }

  /// Whether the loss takes over the network's last layer or its activation.
  package func isFused(in network: Network) -> Bool { plainOutput || nodes.count < network.nodes.count }
}
