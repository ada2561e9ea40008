extension InitializerEntry {
  static let kerasHeUniform = InitializerEntry(
    name: "keras.he_uniform", dialect: .keras,
    summary: "Keras's He uniform.",
    variance: "2 / fanIn", distribution: "uniform", source: "keras.initializers.HeUniform"
  ) { _, shape in
    .uniform(variance: 2 / shape.torchFans[.fanIn])
  }
}
