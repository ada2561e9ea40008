extension InitializerEntry {
  static let kerasTruncatedNormal = InitializerEntry(
    name: "keras.truncated_normal", aliases: ["keras.trunc_normal"], dialect: .keras,
    parameters: [.mean, .parentStd(0.05, name: "stddev")],
    summary: "Keras's normal cut at 2 deviations and not corrected for it: its deviation is 0.8796 stddev.",
    variance: "0.7737 stddev^2", distribution: "truncated normal", source: "keras.initializers.TruncatedNormal"
  ) { arguments, _ in
    .truncatedNormal(mean: arguments.number("mean"), std: arguments.number("stddev"), deviations: (low: -2, high: 2))
  }
}
