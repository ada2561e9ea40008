import Glibc

extension ActivationEntry {
  static let tanh: ActivationEntry = ActivationEntry(
    name: "tanh", summary: "Hyperbolic tangent.", formula: "tanh(x)",
    source: "LeCun, Bottou, Orr and Mueller 1998, section 4.4"
  ) { arguments in
    Activation(
      entry: .tanh, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1 - x^2 + ...
        nearZero: .init(slope: 1, radius: ActivationLaws.precision.squareRoot()),
        // f' = 4 exp(-2 |x|) + ... = 2^-24 at 13 log 2.
        atInfinity: .saturating(below: -1, above: 1, threshold: 9.01091334727928902),
        maximumSlope: 1),
      value: { Glibc.tanh($0) },
      // sech^2 x, where 1 - tanh^2 x would cancel.
      derivative: { 4 * logisticDerivative(2 * $0) })
  }
}

extension Activation {
  /// The hyperbolic tangent.
  public static let tanh = ActivationEntry.tanh.activation()
}
