import Glibc

extension ActivationEntry {
  static let erf: ActivationEntry = ActivationEntry(
    name: "erf", summary: "Error function: the sigmoid whose Gaussian kernel has a closed form.", formula: "erf(x)",
    source: "Williams 1998"
  ) { arguments in
    // 2 / sqrt pi
    let slope = 1.12837916709551257
    return Activation(
      entry: .erf, arguments: arguments,
      laws: ActivationLaws(
        // f' = 2 / sqrt pi (1 - x^2 + ...)
        nearZero: .init(slope: slope, radius: ActivationLaws.precision.squareRoot()),
        // f' = 2^-24 here; 1 - |f| is less.
        atInfinity: .saturating(below: -1, above: 1, threshold: 4.0934477608824976),
        maximumSlope: slope),
      value: { Glibc.erf($0) },
      derivative: { slope * gaussian($0, scale: 1) })
  }
}

extension Activation {
  /// The error function (Williams 1998).
  public static let erf = ActivationEntry.erf.activation()
}
