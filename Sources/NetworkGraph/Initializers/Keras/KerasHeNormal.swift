extension InitializerEntry {
  static let kerasHeNormal = InitializerEntry(
    name: "keras.he_normal", dialect: .keras,
    summary: "Keras's He normal: truncated at 2 deviations and corrected for it.",
    variance: "2 / fanIn", distribution: "truncated normal", source: "keras.initializers.HeNormal"
  ) { _, shape in
    .truncatedNormal(variance: 2 / shape.torchFans[.fanIn])
  }
}
