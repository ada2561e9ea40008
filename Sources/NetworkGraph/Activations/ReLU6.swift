extension ActivationEntry {
  static let relu6: ActivationEntry = ActivationEntry(
    name: "relu6", summary: "ReLU capped at 6.", formula: "min(max(0, x), 6)", source: "Krizhevsky 2010"
  ) { arguments in
    Activation(
      entry: .relu6, arguments: arguments,
      laws: ActivationLaws(
        nearZero: .init(value: 0, slopeBelow: 0, slopeAbove: 1, radius: 6),
        atInfinity: .saturating(below: 0, above: 6, threshold: 6),
        maximumSlope: 1, kinks: [0, 6]),
      value: { $0 <= 0 ? 0 : $0 >= 6 ? 6 : $0 },
      derivative: { $0 <= 0 || $0 >= 6 ? 0 : $0.isNaN ? $0 : 1 })
  }
}

extension Activation {
  /// `min(max(0, x), 6)` (Krizhevsky 2010).
  public static let relu6 = ActivationEntry.relu6.activation()
}
