import NetworkGraph

extension KernelCatalogue {
  /// Bytes of the arrays that a layer's kernel holds beside its parameters, its inputs and its result; in Double, which no
  /// network overflows.
  ///
  /// - Parameters:
  ///   - node: The layer with its shapes.
  ///   - batch: The number of samples.
  package static func arrayBytes(_ node: Network.Node, batch: Int) -> Double {
    let samples = batch, batch = Double(batch)
    let floats =
      switch node.layer {
      case let layer as any ConvolutionLayer: ConvolutionKernel.arrayFloats(layer, node, batch: samples)
      case let layer as SimpleRNN: RecurrentPass.arrayFloats(layer.common, gates: 1, node, batch: batch)
      case let layer as LSTM: LSTMKernel.arrayFloats(layer, node, batch: batch)
      case let layer as GRU: GRUKernel.arrayFloats(layer, node, batch: batch)
      case let layer as SelfAttention: SelfAttentionKernel.arrayFloats(layer, node, batch: batch)
      // The places of the largest values; a mask.
      case is MaxPool, is Dropout: batch * Double(node.shape.count)
      // At most two numbers per row or unit.
      default: 0.0
      }
    return 4 * floats
  }
}
