extension InitializerEntry {
  static let kerasDefault = InitializerEntry(
    name: "keras.default", dialect: .keras, parameters: [.kerasVersion],
    summary: "What each Keras layer starts from: Glorot uniform kernels, orthogonal recurrent weights (all gates one "
      + "matrix), embeddings uniform on +-0.05, biases 0, gains 1.",
    variance: "each layer's own", distribution: "each layer's own", source: "keras.layers", fillsEveryTensor: true
  ) { arguments, tensor in
    switch (tensor.role, tensor.use) {
    case (.bias, _), (.shift, _): .constant(0)
    case (.gain, _): .constant(1)
    case (.weight, .table): .uniform(low: -0.05, high: 0.05)
    case (.weight, .cell) where tensor.name == "recurrent":
      tensor.kerasMatrix { _ in .orthogonal(gain: 1, transposed: true) }
    default: .uniform(variance: 1 / tensor.kerasFans(arguments)[.fanAverage])
    }
  }
}

extension Initializer {
  /// What each Keras layer draws by default, for every tensor.
  public static let kerasDefault = Initializer(.kerasDefault)
}
