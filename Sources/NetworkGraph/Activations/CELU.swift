import Glibc

extension ActivationEntry {
  static let celu: ActivationEntry = ActivationEntry(
    name: "celu",
    parameters: [Parameter("alpha", .number(default: 1, in: 1e-6...1e6), "the value -alpha is approached on the left")],
    summary: "ELU that is continuously differentiable for every alpha.",
    formula: "x for x > 0, alpha (exp(x / alpha) - 1) elsewhere", source: "Barron 2017, equation 2"
  ) { arguments in
    let alpha = arguments.number("alpha")
    return Activation(
      entry: .celu, arguments: arguments,
      laws: ActivationLaws(
        // f' = 1 + x / alpha + ... on the left.
        nearZero: .init(slope: 1, radius: alpha * ActivationLaws.precision),
        // f = -alpha on the left, small against |x| beyond this.
        atInfinity: .linear(below: 0, above: 1, threshold: alpha / ActivationLaws.precision),
        maximumSlope: 1, kinks: [0]),
      value: { $0 > 0 ? $0 : alpha * expm1($0 / alpha) },
      derivative: { $0 > 0 ? 1 : exponentialOfQuotient($0, alpha) })
  }
}

extension Activation {
  /// `x` for positive x, `alpha (exp(x / alpha) - 1)` elsewhere (Barron 2017). Alpha is within 1e-6...1e6.
  public static func celu(alpha: Double = 1) -> Activation { ActivationEntry.celu.activation(["alpha": alpha]) }
}

/// `exp(x / divisor)`, corrected for the rounding error of the quotient.
private func exponentialOfQuotient(_ x: Double, _ divisor: Double) -> Double {
  let quotient = x / divisor
  if quotient < -750 { return 0 }
  return exp(quotient) * (1 + x.addingProduct(-quotient, divisor) / divisor)
}
