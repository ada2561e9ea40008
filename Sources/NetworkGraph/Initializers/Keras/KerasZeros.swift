extension InitializerEntry {
  static let kerasZeros = InitializerEntry(
    name: "keras.zeros", dialect: .keras, summary: "Keras's zeros.", variance: "0", distribution: "constant",
    source: "keras.initializers.Zeros"
  ) { _, _ in .constant(0) }
}
