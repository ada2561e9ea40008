import NetworkGraph

extension KernelCatalogue {
  /// Bytes of the arrays that a layer's kernel holds beside its parameters and its results; in Double, which no network
  /// overflows.
  ///
  /// Attention holds batch x heads x steps^2 weights and eight signals, recurrent layers their gates and states with
  /// gradients, pooling the places of the largest values, dropout its mask.
  ///
  /// - Parameters:
  ///   - node: The layer with its shapes.
  ///   - batch: The number of samples.
  package static func arrayBytes(_ node: Network.Node, batch: Int) -> Double {
    let batch = Double(batch), result = Double(node.shape.count)
    var floats = 0.0
    switch node.layer {
    case let layer as SelfAttention:
      guard case .sequence(let steps, let features) = node.inputShapes[0] else { return 0 }
      let square = Double(steps) * Double(steps)
      floats = 8 * batch * Double(steps) * Double(features) + (batch * Double(layer.heads) + 1) * square
    case is SimpleRNN, is LSTM, is GRU:
      guard case .sequence(let steps, let features) = node.inputShapes[0], let weights = node.parameters.first else {
        return 0
      }
      let rows = batch * Double(steps), gates = Double(weights.shape.rows), units = Double(node.shape.dimensions.last ?? 1)
      // Inputs, gates (a GRU's once more) and states, each with gradients; states once more in the order of callers; cells
      // and their squashed values.
      floats =
        rows * (2 * Double(features) + 3 * gates + 6 * units) + 2 * batch * (units + gates)
        + 2 * gates * units
    case is MaxPool, is Dropout: floats = batch * result
    default: break
    }
    return 4 * floats
  }
}
