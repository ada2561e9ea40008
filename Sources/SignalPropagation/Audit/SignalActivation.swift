import NetworkGraph

extension Network {
  /// What the hidden layers apply, for a report's heading: their activation, else the cells' of recurrent layers, whose own
  /// activation is inside the recurrence; `mixed` where they differ.
  var signalActivation: String {
    let own = hiddenActivation
    guard own == Activation.identity.description else { return own }
    let cells = nodes.dropLast().compactMap { node -> String? in
      switch node.layer {
      case let layer as SimpleRNN: layer.cell.rawValue
      case is LSTM, is GRU: "tanh"
      default: nil
      }
    }
    return Set(cells).count > 1 ? "mixed" : cells.first ?? own
  }
}
