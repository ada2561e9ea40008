extension ActivationEntry {
  static let sigmoid: ActivationEntry = ActivationEntry(
    name: "sigmoid", aliases: ["logistic"], summary: "Logistic function.", formula: "1 / (1 + exp(-x))",
    source: "Rumelhart, Hinton and Williams 1986, equation 2"
  ) { arguments in
    Activation(
      entry: .sigmoid, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/4 - x^2 / 16 + ...
        nearZero: .init(value: 0.5, slope: 0.25, radius: 2 * ActivationLaws.precision.squareRoot()),
        // 1 - f = 2^-24 / (1 + 2^-24) at 24 log 2; f' is less.
        atInfinity: .saturating(below: 0, above: 1, threshold: 16.6355323334386874),
        maximumSlope: 0.25),
      value: { logistic($0) },
      derivative: { logisticDerivative($0) })
  }
}

extension Activation {
  /// `1 / (1 + exp(-x))`, the logistic function.
  public static let sigmoid = ActivationEntry.sigmoid.activation()
}
