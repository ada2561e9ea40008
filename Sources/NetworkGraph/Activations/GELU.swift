extension ActivationEntry {
  static let gelu: ActivationEntry = ActivationEntry(
    name: "gelu", summary: "Gaussian error linear unit: x weighted by the normal distribution function.",
    formula: "x (1 + erf(x / sqrt 2)) / 2", source: "Hendrycks and Gimpel 2016, section 2"
  ) { arguments in
    Activation(
      entry: .gelu, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + 2 x / sqrt(2 pi) + ...
        nearZero: .init(slope: 0.5, radius: 0.6266570686577501 * ActivationLaws.precision),
        // |f'(x) - (x > 0)| = 2^-24 here.
        atInfinity: .linear(below: 0, above: 1, threshold: 5.9101607495837966),
        // At x = sqrt 2: Phi(sqrt 2) + sqrt 2 phi(sqrt 2) = 1.128904145185154786...
        maximumSlope: 1.12890414518515479),
      // The limit of x Phi(x) is 0, where the product of the factors is not.
      value: { $0 < -40 ? 0 : $0 * normalDistribution($0) },
      derivative: { $0.magnitude > 40 ? ($0 > 0 ? 1 : 0) : normalDistribution($0) + $0 * normalDensity($0) })
  }
}

extension Activation {
  /// `x Phi(x)` with the standard normal distribution function, the erf form (Hendrycks and Gimpel 2016).
  public static let gelu = ActivationEntry.gelu.activation()
}
