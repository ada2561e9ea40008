extension InitializerEntry {
  static let kerasHeNormal = InitializerEntry(
    name: "keras.he_normal", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's He normal: truncated at 2 deviations and corrected for it.",
    variance: "2 / fanIn", distribution: "truncated normal", source: "keras.initializers.HeNormal"
  ) { arguments, tensor in
    .truncatedNormal(variance: 2 / tensor.kerasFans(arguments)[.fanIn])
  }
}
