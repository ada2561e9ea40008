import Glibc

extension ActivationEntry {
  static let mish: ActivationEntry = ActivationEntry(
    name: "mish", summary: "Self-regularized relative of SiLU.", formula: "x tanh(log(1 + exp(x)))",
    source: "Misra 2019"
  ) { arguments in
    Activation(
      entry: .mish, arguments: arguments,
      laws: ActivationLaws(
        // f' = 3/5 + 16 x / 25 + ...
        nearZero: .init(slope: 0.6, radius: 0.9375 * ActivationLaws.precision),
        // |f'(x)| = 2^-24 here on the left; the right is sooner there.
        atInfinity: .linear(below: 0, above: 1, threshold: 19.556344058487729),
        // At x = 1.49057117948542846: 1.088498161251727861...
        maximumSlope: 1.08849816125172786),
      // The limit of the product is 0, where the product of the limits is not.
      value: { $0 < -750 ? 0 : $0 * weight($0).value },
      derivative: { x in
        if x.magnitude > 750 { return x > 0 ? 1 : 0 }
        let (value, derivative) = weight(x)
        return value + x * derivative
      })
  }
}

extension Activation {
  /// `x tanh(softplus(x))` (Misra 2019).
  public static let mish = ActivationEntry.mish.activation()
}

/// Computes `tanh(log(1 + exp(x)))` and its derivative as rational functions of `e = exp(x)`, which neither cancel nor
/// overflow.
///
/// With `n = e^2 + 2e` the value is `n / (n + 2)` and the derivative `4 e (1 + e) / (n + 2)^2`. For positive x both
/// fractions are divided through by powers of e.
private func weight(_ x: Double) -> (value: Double, derivative: Double) {
  let e = exp(-x.magnitude)
  if x >= 0 {
    let denominator = 1 + 2 * e * (1 + e)
    let derivative = 4 * e * e * (1 + e) / (denominator * denominator)
    return ((1 + 2 * e) / denominator, derivative)
  }
  let numerator = e * (e + 2)
  let denominator = numerator + 2
  return (numerator / denominator, 4 * e * (1 + e) / (denominator * denominator))
}
