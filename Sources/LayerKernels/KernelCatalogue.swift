import NetworkGraph

/// Finds the kernel that executes a layer: its operators, or a kernel of its own.
public enum KernelCatalogue {
  /// Makes the kernel for a layer.
  ///
  /// - Throws: `OutOfMemory` for workspaces, `UnsupportedLayer` for a layer that was declared outside the catalogue.
  public static func make(_ context: KernelContext, name: String) throws -> any LayerKernel {
    switch context.layer {
    case let layer as any LoweredLayer: try LoweredKernel(layer.lowering(context), context)
    // What follows remembers something from pass to pass, or shows what it carries from step to step.
    case let layer as BatchNorm: BatchNormKernel(layer, context)
    case let layer as Dropout: DropoutKernel(layer, context)
    case let layer as SimpleRNN: try SimpleRNNKernel(layer, context)
    case let layer as LSTM: LSTMKernel(layer, context)
    case let layer as GRU: try GRUKernel(layer, context)
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
