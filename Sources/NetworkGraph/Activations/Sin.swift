import Glibc

extension ActivationEntry {
  static let sin: ActivationEntry = ActivationEntry(
    name: "sin", summary: "Sine, as in periodic implicit representations.", formula: "sin(x)",
    source: "Sitzmann, Martel, Bergman, Lindell and Wetzstein 2020, section 3"
  ) { arguments in
    Activation(
      entry: .sin, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1 - x^2 / 2 + ...
        nearZero: .init(slope: 1, radius: (2 * ActivationLaws.precision).squareRoot()),
        // It has no limit.
        atInfinity: nil,
        maximumSlope: 1),
      value: { Glibc.sin($0) },
      derivative: { Glibc.cos($0) })
  }
}

extension Activation {
  /// The sine (Sitzmann 2020).
  public static let sin = ActivationEntry.sin.activation()
}
