import Glibc

extension ClosedForm {
  /// Cross moments in closed form; nil for degrees other than 1 and where the form cancels.
  func crossMoments(variances: (Double, Double), _ correlation: Correlation) -> CrossMoments? {
    switch self {
    case .power(let degree, let below, let above):
      degree == 1 ? Self.rectifier(variances, correlation, below: -below, above: above) : nil
    case .sine: min(variances.0, variances.1) < 1 ? nil : Self.sine(variances, correlation)
    }
  }

  /// Cross moments of a function with two slopes, by the arc-cosine kernels of orders 0, 1 and 2 (Cho and Saul 2009, section
  /// 2).
  ///
  /// With `f(u) = p u + r |u|`, products of an even and an odd factor vanish, and with theta = arccos c
  /// `E sgn u1 sgn u2 = 1 - 2 theta / pi`, `E |u1| |u2| = (2/pi)(sin theta + c (pi/2 - theta))` and
  /// `E u1 |u1| u2 |u2| = (2/pi)((1 + 2c^2)(pi/2 - theta) + 3 c sin theta)` and
  /// `E u1 |u1| sgn u2 = (2/pi)(pi/2 - theta + c sin theta)` in units of the deviations.
  private static func rectifier(
    _ q: (Double, Double), _ correlation: Correlation, below: Double, above: Double
  ) -> CrossMoments {
    let p = (above + below) / 2, r = (above - below) / 2
    let c = correlation.value, gap = correlation.gap
    let sine = (gap * (2 - gap)).squareRoot()
    // The angle to the nearer of 1 and -1 keeps full precision there.
    let near = 2 * asin((gap / 2).squareRoot())
    let complement = (correlation.isNegative ? -1 : 1) * (Double.pi / 2 - near)
    let twoOverPi = 2 / Double.pi
    let deviations = (q.0 * q.1).squareRoot()
    let even = p * p + r * r, mixed = 4 * p * p * r * r
    let absolute = twoOverPi * (sine + c * complement)
    let square = 1 + 2 * c * c
    var difference = 0.0
    if q.0 == q.1 {
      // 1 - E|u1||u2| = (1 - c) - (2/pi)(sin theta - theta cos theta), where the brackets cancel for small angles.
      let angles =
        correlation.isNegative
        ? 1 - absolute : correlation.separation - twoOverPi * sineExcess(near, sine: sine, cosine: c)
      difference = q.0 * (p * p * correlation.separation + r * r * angles)
    }
    return CrossMoments(
      product: deviations * (p * p * c + r * r * absolute), derivativeProduct: p * p + r * r * twoOverPi * complement,
      squareProduct: q.0 * q.1 * (even * even * square + mixed * twoOverPi * (square * complement + 3 * c * sine)),
      derivativeSquareProduct: even * even + mixed * twoOverPi * complement,
      mixedSquareProduct: (q.0 + q.1) / 2 * (even * even + mixed * twoOverPi * (complement + c * sine)),
      halfSquaredDifference: difference)
  }

  /// `sin t - t cos t = t^3/3 - t^5/30 + t^7/840 - ...`
  private static func sineExcess(_ t: Double, sine: Double, cosine: Double) -> Double {
    guard t < 0.3 else { return sine - t * cosine }
    var term = t * t * t / 3, sum = 0.0
    var k = 1.0
    while sum + term != sum {
      sum += term
      // The coefficient of t^(2k+1) is 2k / (2k+1)! with alternating sign.
      term *= -t * t / (2 * k * (2 * k + 3))
      k += 1
    }
    return sum
  }

  /// Cross moments of the sine, from `E exp(i (m u1 + n u2))`.
  private static func sine(_ q: (Double, Double), _ correlation: Correlation) -> CrossMoments {
    let covariance = correlation.value * (q.0 * q.1).squareRoot()
    let close = exp(-(q.0 + q.1) / 2 + covariance), far = exp(-(q.0 + q.1) / 2 - covariance)
    let (a, b) = (exp(-2 * q.0), exp(-2 * q.1))
    let double = (exp(-2 * (q.0 + q.1) + 4 * covariance) + exp(-2 * (q.0 + q.1) - 4 * covariance)) / 2
    var difference = 0.0
    if q.0 == q.1 {
      let d = correlation.separation * q.0
      // The plain difference cancels for a small d, and the factor expm1(d) overflows for a large one.
      difference = (-expm1(-d) + (d < 1 ? a * expm1(d) : exp(d - 2 * q.0) - a)) / 2
    }
    return CrossMoments(
      product: (close - far) / 2, derivativeProduct: (close + far) / 2, squareProduct: (1 - a - b + double) / 4,
      derivativeSquareProduct: (1 + a + b + double) / 4, mixedSquareProduct: (1 - double) / 4,
      halfSquaredDifference: difference)
  }
}
