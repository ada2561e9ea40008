extension InitializerEntry {
  static let kerasGlorotUniform = InitializerEntry(
    name: "keras.glorot_uniform", dialect: .keras,
    summary: "Keras's Glorot uniform.",
    variance: "2 / (fanIn + fanOut)", distribution: "uniform", source: "keras.initializers.GlorotUniform"
  ) { _, shape in
    .uniform(variance: 1 / shape.torchFans[.fanAverage])
  }
}
