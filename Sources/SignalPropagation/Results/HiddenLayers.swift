import NetworkGraph

extension InitializerRun {
  /// The index of the output layer in `layers`, as `Network.outputIndex` defines it.
  public var outputIndex: Int { max(0, min(outputLayer - 1, layers.count - 1)) }

  /// All layers before the output layer; a network of one layer has none.
  public var hiddenLayers: ArraySlice<LayerResult> { layers.prefix(outputIndex) }
}
