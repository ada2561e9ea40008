import NetworkGraph

extension Network {
  /// What the hidden layers apply, for a report's heading: their activation, else the cells' of recurrent layers, whose own
  /// activation is inside the recurrence; `mixed` where they differ.
  var signalActivation: String {
    let own = hiddenActivation
    guard own == Activation.identity.description else { return own }
    // Gates open and close by a probability; the other function makes the state.
    let cells = nodes.prefix(outputIndex).compactMap { node in
      node.layer.gates.map(\.activation).first { !$0.laws.isProbability }?.label
    }
    return Set(cells).count > 1 ? "mixed" : cells.first ?? own
  }
}
