import Glibc

extension Estimators {
  /// The two-sided p-value of a correlation between pairs of independent normal values: Student's test of `r sqrt((n - 2) /
  /// (1 - r^2))` with n - 2 degrees of freedom; 1 below three pairs.
  public static func correlationProbability(_ correlation: Double, pairs: Int) -> Double {
    precondition(abs(correlation) <= 1 + 1e-9, "a correlation lies in [-1, 1], got \(correlation)")
    guard pairs >= 3 else { return 1 }
    let rest = max(1 - correlation * correlation, .leastNormalMagnitude)
    return studentProbability(
      beyond: abs(correlation) * (Double(pairs - 2) / rest).squareRoot(), degreesOfFreedom: Double(pairs - 2))
  }

  /// The interval outside which chi^2 / nu lies with that probability, half of it on either side.
  ///
  /// Its ends are in order, whatever the arguments; without a degree of freedom nothing is excluded.
  public static func varianceRatioInterval(degreesOfFreedom nu: Double, twoSided probability: Double) -> ClosedRange<Double>
  {
    guard nu > 0 else { return 0...(.infinity) }
    precondition(probability > 0 && probability < 1, "a probability lies in (0, 1), got \(probability)")
    // Where the variance is known, it does not vary.
    guard nu < 1e15 else { return 1...1 }
    let tail = max(probability / 2, .leastNormalMagnitude)
    let low = exp(IncompleteGamma.logRatio(.lower, probability: tail, shape: nu / 2))
    let high = exp(IncompleteGamma.logRatio(.upper, probability: tail, shape: nu / 2))
    return ClosedRange(ordering: low, high)
  }
}

extension ClosedRange where Bound == Double {
  /// The interval between two numbers in either order. Where one is not a number it is the whole line, which excludes
  /// nothing.
  public init(ordering a: Double, _ b: Double) {
    self = a.isNaN || b.isNaN ? -Double.infinity ... .infinity : Swift.min(a, b)...Swift.max(a, b)
  }
}
