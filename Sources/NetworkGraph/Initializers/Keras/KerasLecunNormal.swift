extension InitializerEntry {
  static let kerasLecunNormal = InitializerEntry(
    name: "keras.lecun_normal", dialect: .keras, parameters: [.kerasVersion],
    summary: "Keras's LeCun normal: truncated at 2 deviations and corrected for it.",
    variance: "1 / fanIn", distribution: "truncated normal", source: "keras.initializers.LecunNormal"
  ) { arguments, tensor in
    .truncatedNormal(variance: 1 / tensor.kerasFans(arguments)[.fanIn])
  }
}
