import NetworkGraph

/// Finds the kernel that executes a layer.
public enum KernelCatalogue {
  /// Makes the kernel for a layer.
  ///
  /// - Throws: `OutOfMemory` for workspaces, `UnsupportedLayer` for a layer that was declared outside the catalogue.
  public static func make(_ context: KernelContext, name: String) throws -> any LayerKernel {
    switch context.layer {
    case let layer as Dense: DenseKernel(layer, context)
    case let layer as Add: SumKernel(layer, context)
    case let layer as any ConvolutionLayer: try ConvolutionKernel(layer, context)
    case let layer as MaxPool: try MaxPoolKernel(layer, context)
    case let layer as AveragePool: try AveragePoolKernel(layer, context)
    case is GlobalAveragePool: GlobalAveragePoolKernel(context)
    case is Flatten, is Concatenate, is ActivationLayer: ConcatenateKernel(context)
    case let layer as BatchNorm: BatchNormKernel(layer, context)
    case let layer as LayerNorm: LayerNormKernel(layer, context)
    case let layer as Dropout: DropoutKernel(layer, context)
    case let layer as Embedding: EmbeddingKernel(layer, context)
    case let layer as SimpleRNN: try SimpleRNNKernel(layer, context)
    case let layer as LSTM: LSTMKernel(layer, context)
    case let layer as GRU: try GRUKernel(layer, context)
    case is LastStep: LastStepKernel(context)
    case is Reverse: ReverseKernel(context)
    case let layer as SelfAttention: SelfAttentionKernel(layer, context)
    case is Softmax: SoftmaxKernel(context)
    default: throw UnsupportedLayer(name: name, kind: context.layer.kind)
    }
  }
}

/// The error that no kernel executes a layer, such as one declared outside the catalogue.
public struct UnsupportedLayer: Error, Sendable, CustomStringConvertible {
  public var name: String
  public var kind: String
  package init(name: String, kind: String) {
    self.name = name
    self.kind = kind
  }
  public var description: String { "layer '\(name)': the engine cannot execute layers of kind '\(kind)'" }
}
