import CGSL

/// Finds the zero of a concave, monotone function on the whole line by Newton's method, with bisection where it would leave
/// the bracket.
enum NewtonRoot {
  /// Finds the zero.
  ///
  /// - Parameters:
  ///   - start: A first guess.
  ///   - isIncreasing: The function's direction.
  ///   - evaluate: The function's value and slope; a value of -infinity counts as below the zero.
  static func find(from start: Double, increasing isIncreasing: Bool, _ evaluate: (Double) -> (Double, Double)) -> Double {
    var x = start.isFinite ? start : 0, low = -Double.infinity, high = Double.infinity, reach = 1.0
    // Newton alone takes about five steps. Doubling the reach and bisection are bounded by Double's exponents and digits.
    for _ in 0..<200 {
      let (value, slope) = evaluate(x)
      if value == 0 || value.isNaN { return x }
      if (value < 0) == isIncreasing { low = x } else { high = x }
      var next = x - value / slope
      if !next.isFinite || next <= low || next >= high {
        if low.isFinite, high.isFinite {
          next = low + (high - low) / 2
        } else {
          next = low.isFinite ? low + reach : high - reach
          reach *= 2
        }
      }
      let step = abs(next - x)
      x = next
      // The result is a logarithm: a change of 1e-17 does not change the Double that it stands for. The other part is
      // rounding.
      if step <= 1e-17 + 4e-15 * abs(x) || low.nextUp >= high { break }
    }
    return x
  }
}

/// Quantiles of the standard normal by Wichura's AS 241 (1988), good to 1e-16, which GSL follows.
enum NormalQuantile {
  /// The value that a standard normal exceeds with that probability, above 0 and at most 1.
  static func upper(_ probability: Double) -> Double {
    _ = GSL.prepared
    // Half of the smallest Double rounds to zero, whose quantile is infinite.
    return gsl_cdf_ugaussian_Qinv(max(probability, .leastNonzeroMagnitude))
  }
}
