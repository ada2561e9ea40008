extension InitializerEntry {
  static let kerasHeUniform = InitializerEntry(
    name: "keras.he_uniform", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's He uniform.",
    variance: "2 / fanIn", distribution: "uniform", source: "keras.initializers.HeUniform"
  ) { arguments, tensor in
    .uniform(variance: 2 / tensor.kerasFans(arguments)[.fanIn])
  }
}
