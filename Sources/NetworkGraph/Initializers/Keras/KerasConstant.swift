extension InitializerEntry {
  static let kerasConstant = InitializerEntry(
    name: "keras.constant", dialect: .keras, parameters: [.value(0)], summary: "Keras's constant.", variance: "0",
    distribution: "constant", source: "keras.initializers.Constant"
  ) { arguments, _ in .constant(arguments.number("value")) }
}
