extension InitializerEntry {
  static let kerasRandomNormal = InitializerEntry(
    name: "keras.random_normal", aliases: ["keras.normal"], dialect: .keras,
    parameters: [.mean, .std(0.05).named("stddev")],
    summary: "Keras's normal, not truncated; its deviation is 0.05 unless told otherwise.",
    variance: "stddev^2", distribution: "normal", source: "keras.initializers.RandomNormal"
  ) { arguments, _ in
    .normal(mean: arguments.number("mean"), std: arguments.number("stddev"))
  }
}
