extension InitializerEntry {
  static let kerasVarianceScaling = InitializerEntry(
    name: "keras.variance_scaling", dialect: .keras,
    parameters: [
      Parameter("scale", .number(default: 1, in: .leastNonzeroMagnitude...1e100), "numerator of the variance"),
      .mode(.fanIn),
      Parameter(
        "distribution",
        .choice(default: "truncated_normal", of: ["truncated_normal", "untruncated_normal", "uniform", "normal"]),
        "shape; normal means truncated_normal"),
      .kerasVersion,
    ],
    summary: "Keras's chosen variance per connection; truncated normals are corrected for the cut, normal means truncated.",
    variance: "scale / fan", distribution: "truncated normal, normal or uniform",
    source: "keras.initializers.VarianceScaling"
  ) { arguments, tensor in
    let variance = arguments.number("scale") / tensor.kerasFans(arguments)[arguments.fanMode]
    return switch arguments.choice("distribution") {
    case "uniform": .uniform(variance: variance)
    case "untruncated_normal": .normal(variance: variance)
    default: .truncatedNormal(variance: variance)
    }
  }
}
