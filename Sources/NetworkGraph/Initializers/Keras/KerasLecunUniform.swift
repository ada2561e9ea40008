extension InitializerEntry {
  static let kerasLecunUniform = InitializerEntry(
    name: "keras.lecun_uniform", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's LeCun uniform.",
    variance: "1 / fanIn", distribution: "uniform", source: "keras.initializers.LecunUniform"
  ) { arguments, tensor in
    .uniform(variance: 1 / tensor.kerasFans(arguments)[.fanIn])
  }
}
