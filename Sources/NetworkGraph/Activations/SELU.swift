import Glibc

extension ActivationEntry {
  static let selu: ActivationEntry = ActivationEntry(
    name: "selu", summary: "ELU scaled so that zero mean and unit variance are a fixed point.",
    formula: "1.0507 x for x > 0, 1.7581 (exp(x) - 1) elsewhere",
    source: "Klambauer, Unterthiner, Mayr and Hochreiter 2017, equation 2"
  ) { arguments in
    // lambda, and lambda alpha with alpha = 1.6732632423543772848.
    let (scale, left) = (1.05070098735548049342, 1.75809934084737685994)
    return Activation(
      entry: .selu, arguments: arguments,
      laws: ActivationLaws(
        // f' = lambda alpha (1 + x + ...) on the left.
        nearZero: .init(value: 0, slopeBelow: left, slopeAbove: scale, radius: ActivationLaws.precision),
        // f = -lambda alpha on the left, small against |x| beyond this.
        atInfinity: .linear(below: 0, above: scale, threshold: left / ActivationLaws.precision),
        maximumSlope: left, kinks: [0]),
      value: { $0 > 0 ? scale * $0 : left * expm1($0) },
      derivative: { $0 > 0 ? scale : left * exp($0) })
  }
}

extension Activation {
  /// ELU with the constants that make zero mean and unit variance a fixed point (Klambauer 2017).
  public static let selu = ActivationEntry.selu.activation()
}
