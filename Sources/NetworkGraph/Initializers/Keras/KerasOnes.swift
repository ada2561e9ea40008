extension InitializerEntry {
  static let kerasOnes = InitializerEntry(
    name: "keras.ones", dialect: .keras, summary: "Keras's ones.", variance: "0", distribution: "constant",
    source: "keras.initializers.Ones"
  ) { _, _ in .constant(1) }
}
