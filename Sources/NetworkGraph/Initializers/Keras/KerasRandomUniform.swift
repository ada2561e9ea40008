extension InitializerEntry {
  static let kerasRandomUniform = InitializerEntry(
    name: "keras.random_uniform", aliases: ["keras.uniform"], dialect: .keras,
    parameters: [.bound("minval", -0.05, "lower end"), .bound("maxval", 0.05, "upper end, not reached")],
    summary: "Keras's uniform: on [-0.05, 0.05) unless told otherwise.",
    variance: "(maxval - minval)^2 / 12", distribution: "uniform", source: "keras.initializers.RandomUniform",
    conflict: { arguments in
      emptyInterval(
        "keras.random_uniform", low: ("minval", arguments.number("minval")), high: ("maxval", arguments.number("maxval")))
    }
  ) { arguments, _ in
    .uniform(low: arguments.number("minval"), high: arguments.number("maxval"))
  }
}
