import Glibc

extension ActivationEntry {
  static let elu: ActivationEntry = ActivationEntry(
    name: "elu",
    parameters: [Parameter("alpha", .number(default: 1, in: 0...1e6), "the value -alpha is approached on the left")],
    summary: "Exponential linear unit: saturates smoothly on the left.",
    formula: "x for x > 0, alpha (exp(x) - 1) elsewhere", source: "Clevert, Unterthiner and Hochreiter 2016, section 3"
  ) { arguments in
    let alpha = arguments.number("alpha")
    return Activation(
      entry: .elu, arguments: arguments,
      laws: ActivationLaws(
        // f' = alpha (1 + x + ...) on the left.
        nearZero: .init(value: 0, slopeBelow: alpha, slopeAbove: 1, radius: ActivationLaws.precision),
        // f = -alpha on the left, small against |x| beyond this.
        atInfinity: .linear(below: 0, above: 1, threshold: alpha / ActivationLaws.precision),
        maximumSlope: max(1, alpha), kinks: [0]),
      value: { $0 > 0 ? $0 : alpha * expm1($0) },
      derivative: { $0 > 0 ? 1 : alpha * exp($0) })
  }
}

extension Activation {
  /// `x` for positive x, `alpha (exp(x) - 1)` elsewhere (Clevert 2016). Alpha is within 0...1e6.
  public static func elu(alpha: Double = 1) -> Activation { ActivationEntry.elu.activation(["alpha": alpha]) }
}
