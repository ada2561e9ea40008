extension InitializerEntry {
  static let kerasGlorotUniform = InitializerEntry(
    name: "keras.glorot_uniform", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's Glorot uniform.",
    variance: "2 / (fanIn + fanOut)", distribution: "uniform", source: "keras.initializers.GlorotUniform"
  ) { arguments, tensor in
    .uniform(variance: 1 / tensor.kerasFans(arguments)[.fanAverage])
  }
}
