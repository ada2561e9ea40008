extension InitializerEntry {
  static let declaredKeras = InitializerEntry(
    name: "keras",
    summary: "What a Keras model's file declares for each layer: its initializers with their arguments.",
    variance: "each layer's own", distribution: "each layer's own", source: "the model's configuration",
    fillsEveryTensor: true, origin: .declared
  ) { _, tensor in
    // Only for tensors that a layer has and the file says nothing of.
    Initializer.kerasDefault.law(for: tensor)
  }
}

extension Initializer {
  /// The initializers that a Keras model declares, layer by layer.
  public static let keras = Initializer(.declaredKeras)
}
