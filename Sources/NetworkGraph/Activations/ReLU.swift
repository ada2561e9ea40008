extension ActivationEntry {
  static let relu: ActivationEntry = ActivationEntry(
    name: "relu", summary: "Rectified linear unit: passes what is positive.", formula: "max(0, x)",
    source: "Nair and Hinton 2010"
  ) { arguments in
    Activation(
      entry: .relu, arguments: arguments,
      laws: ActivationLaws(
        homogeneousDegree: 1,
        nearZero: .init(value: 0, slopeBelow: 0, slopeAbove: 1, radius: .infinity),
        atInfinity: .linear(below: 0, above: 1, threshold: 0),
        maximumSlope: 1, kinks: [0]),
      value: { $0 <= 0 ? 0 : $0 },
      derivative: { $0 > 0 ? 1 : $0 <= 0 ? 0 : $0 })
  }
}

extension Activation {
  /// `max(0, x)` (Nair and Hinton 2010).
  public static let relu = ActivationEntry.relu.activation()
}
