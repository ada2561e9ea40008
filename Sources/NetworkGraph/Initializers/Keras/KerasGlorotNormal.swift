extension InitializerEntry {
  static let kerasGlorotNormal = InitializerEntry(
    name: "keras.glorot_normal", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's Glorot normal: truncated at 2 deviations and corrected for it.",
    variance: "2 / (fanIn + fanOut)", distribution: "truncated normal", source: "keras.initializers.GlorotNormal"
  ) { arguments, tensor in
    .truncatedNormal(variance: 1 / tensor.kerasFans(arguments)[.fanAverage])
  }
}
