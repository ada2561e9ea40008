extension ActivationEntry {
  static let hardSwish: ActivationEntry = ActivationEntry(
    name: "hard_swish", aliases: ["hardswish", "hard_silu"], summary: "SiLU with the hard sigmoid in place of the sigmoid.",
    formula: "x min(max(0, x + 3), 6) / 6", source: "Howard et al. 2019, section 5.2"
  ) { arguments in
    Activation(
      entry: .hardSwish, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + x / 3
        nearZero: .init(slope: 0.5, radius: 1.5 * ActivationLaws.precision),
        atInfinity: .linear(below: 0, above: 1, threshold: 3),
        // The limit at 3 from the left.
        maximumSlope: 1.5, kinks: [-3, 3]),
      value: { $0 <= -3 ? 0 : $0 >= 3 ? $0 : $0 * ($0 + 3) / 6 },
      derivative: { $0 <= -3 ? 0 : $0 >= 3 ? 1 : (2 * $0 + 3) / 6 })
  }
}

extension Activation {
  /// `x min(max(0, x + 3), 6) / 6` (Howard 2019).
  public static let hardSwish = ActivationEntry.hardSwish.activation()
}
