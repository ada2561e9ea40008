extension InitializerEntry {
  static let kerasLecunUniform = InitializerEntry(
    name: "keras.lecun_uniform", dialect: .keras,
    summary: "Keras's LeCun uniform.",
    variance: "1 / fanIn", distribution: "uniform", source: "keras.initializers.LecunUniform"
  ) { _, shape in
    .uniform(variance: 1 / shape.torchFans[.fanIn])
  }
}
