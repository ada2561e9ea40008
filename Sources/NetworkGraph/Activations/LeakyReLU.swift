extension ActivationEntry {
  static let leakyReLU: ActivationEntry = ActivationEntry(
    name: "leaky_relu",
    parameters: [Parameter("slope", .number(default: 0.01, in: -1e6...1e6), "slope for negative arguments")],
    summary: "ReLU that lets a fixed fraction of what is negative through.", formula: "x for x > 0, slope x elsewhere",
    source: "Maas, Hannun and Ng 2013, section 2"
  ) { arguments in
    .rectifier(entry: .leakyReLU, arguments: arguments, slope: arguments.number("slope"))
  }
}

extension Activation {
  /// `x` for positive x, `slope x` elsewhere (Maas, Hannun and Ng 2013). The slope is within ±1e6.
  public static func leakyReLU(slope: Double = 0.01) -> Activation {
    ActivationEntry.leakyReLU.activation(["slope": slope])
  }

  /// The function behind leaky ReLU and PReLU, which differ only in who sets the slope.
  static func rectifier(entry: ActivationEntry, arguments: Arguments, slope: Double) -> Activation {
    Activation(
      entry: entry, arguments: arguments,
      laws: ActivationLaws(
        homogeneousDegree: 1,
        nearZero: .init(value: 0, slopeBelow: slope, slopeAbove: 1, radius: .infinity),
        atInfinity: .linear(below: slope, above: 1, threshold: 0),
        maximumSlope: max(1, slope.magnitude), kinks: [0]),
      value: { $0 > 0 ? $0 : slope == 0 ? ($0 <= 0 ? 0 : $0) : slope * $0 },
      derivative: { $0 > 0 ? 1 : $0 <= 0 ? slope : $0 })
  }
}
