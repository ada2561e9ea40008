extension ActivationEntry {
  static let reluSquared: ActivationEntry = ActivationEntry(
    name: "relu_squared", aliases: ["squared_relu"], summary: "Square of ReLU: doubles the exponent of the signal's scale.",
    formula: "max(0, x)^2", source: "So et al. 2021"
  ) { arguments in
    Activation(
      entry: .reluSquared, arguments: arguments,
      laws: ActivationLaws(
        homogeneousDegree: 2,
        // Near zero the function is all curvature, so no tangent has a small relative error. The engine uses its degree
        // instead.
        nearZero: nil,
        atInfinity: .init(
          valuePower: 2, valueBelow: 0, valueAbove: 1, derivativePower: 1, derivativeBelow: 0, derivativeAbove: 2,
          threshold: 0),
        maximumSlope: nil, kinks: [0]),
      value: { $0 <= 0 ? 0 : $0 * $0 },
      derivative: { $0 <= 0 ? 0 : 2 * $0 })
  }
}

extension Activation {
  /// `max(0, x)^2` (So 2021).
  public static let reluSquared = ActivationEntry.reluSquared.activation()
}
