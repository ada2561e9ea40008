extension InitializerEntry {
  static let kerasGlorotNormal = InitializerEntry(
    name: "keras.glorot_normal", dialect: .keras,
    summary: "Keras's Glorot normal: truncated at 2 deviations and corrected for it.",
    variance: "2 / (fanIn + fanOut)", distribution: "truncated normal", source: "keras.initializers.GlorotNormal"
  ) { _, shape in
    .truncatedNormal(variance: 1 / shape.torchFans[.fanAverage])
  }
}
