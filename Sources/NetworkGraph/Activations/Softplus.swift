import Glibc

extension ActivationEntry {
  static let softplus: ActivationEntry = ActivationEntry(
    name: "softplus", summary: "Smooth ReLU.", formula: "log(1 + exp(x))",
    source: "Dugas, Bengio, Belisle, Nadeau and Garcia 2001"
  ) { arguments in
    Activation(
      entry: .softplus, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1/2 + x / 4 + ...; at zero f is log 2.
        nearZero: .init(value: 0.693147180559945309, slope: 0.5, radius: 2 * ActivationLaws.precision),
        // |f'(x) - (x > 0)| = 2^-24 / (1 + 2^-24) at 24 log 2.
        atInfinity: .linear(below: 0, above: 1, threshold: 16.6355323334386874),
        maximumSlope: 1),
      value: { ($0 > 0 ? $0 : 0) + log1p(exp(-$0.magnitude)) },
      derivative: { logistic($0) })
  }
}

extension Activation {
  /// `log(1 + exp(x))` (Dugas 2001).
  public static let softplus = ActivationEntry.softplus.activation()
}
