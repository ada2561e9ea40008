extension InitializerEntry {
  static let varianceScaling = InitializerEntry(
    name: "variance_scaling",
    parameters: [
      Parameter("scale", .number(default: 1, in: .leastNonzeroMagnitude...1e100), "numerator of the variance"),
      .mode(.fanIn),
      Parameter("distribution", .choice(default: "normal", of: ["normal", "truncated_normal", "uniform"]), "shape"),
    ],
    summary: "A chosen variance per connection; normal is not truncated, truncated_normal is corrected to the variance.",
    variance: "scale / fan", distribution: "normal, truncated normal at 2 deviations, or uniform",
    source: "generalizes He 2015, section 2.2, and Glorot and Bengio 2010, section 4.2.1"
  ) { arguments, shape in
    let variance = arguments.number("scale") / shape.fans[arguments.fanMode]
    return switch arguments.choice("distribution") {
    case "uniform": .uniform(variance: variance)
    case "truncated_normal": .truncatedNormal(variance: variance)
    default: .normal(variance: variance)
    }
  }
}

/// Which distribution a variance-scaling initializer draws from.
public enum ScaledDistribution: String, Sendable, Hashable, CaseIterable {
  /// A normal that is not cut off.
  case normal
  /// A normal cut off at two of its own deviations, and widened so that the variance after the cut is as asked.
  case truncatedNormal = "truncated_normal"
  case uniform
}

extension Initializer {
  /// Weights with variance `scale / fan`.
  public static func varianceScaling(
    scale: Double, mode: FanMode = .fanIn, distribution: ScaledDistribution = .normal
  ) -> Initializer {
    Initializer(
      .varianceScaling, numbers: ["scale": scale], choices: ["mode": mode.rawValue, "distribution": distribution.rawValue])
  }
}
