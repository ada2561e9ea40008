extension ActivationEntry {
  static let softsign: ActivationEntry = ActivationEntry(
    name: "softsign", summary: "Sigmoid that approaches its limits as slowly as 1 / x.", formula: "x / (1 + |x|)",
    source: "Turian, Bergstra and Bengio 2009"
  ) { arguments in
    Activation(
      entry: .softsign, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1 - 2 |x| + ...
        nearZero: .init(slope: 1, radius: ActivationLaws.precision / 2),
        // f' = |x|^-2 (1 - 2 / |x| + ...)
        atInfinity: .init(
          valuePower: 0, valueBelow: -1, valueAbove: 1, derivativePower: -2, derivativeBelow: 1, derivativeAbove: 1,
          threshold: 2 / ActivationLaws.precision),
        maximumSlope: 1, kinks: [0]),
      value: { $0.isInfinite ? ($0 > 0 ? 1 : -1) : $0 / (1 + $0.magnitude) },
      derivative: {
        let reciprocal = 1 / (1 + $0.magnitude)
        return reciprocal * reciprocal
      })
  }
}

extension Activation {
  /// `x / (1 + |x|)` (Turian 2009).
  public static let softsign = ActivationEntry.softsign.activation()
}
