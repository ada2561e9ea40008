import NetworkGraph

extension InitializerRun {
  /// The index of the output layer in `layers`, as `Network.outputIndex` defines it.
  public var outputIndex: Int {
    OutputLayer.index(count: layers.count, kind: { layers[$0].kind }, hasWeights: { layers[$0].fanIn != nil })
  }

  /// All layers before the output layer; a network of one layer has none.
  public var hiddenLayers: ArraySlice<LayerResult> { layers.prefix(outputIndex) }
}
