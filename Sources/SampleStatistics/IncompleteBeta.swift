import Glibc

/// The regularized incomplete beta function `I(a, b; x)` and its inverse, from which Student's t and binomial intervals
/// follow.
///
/// GSL 2.7 gives none of its quantiles for many binomials of 500 trials and more, and loses Student's with one degree of
/// freedom from 1e-9 on.
///
/// The argument is `w = log(x / (1 - x))`: both x and 1 - x are then known to full precision, and `log I` is concave in w,
/// so that Newton's method finds every quantile. Values by a continued fraction after some sqrt(a + b) terms.
enum IncompleteBeta {
  /// `log I(a, b; x)` at `w = log(x / (1 - x))`.
  static func logProbability(_ a: Double, _ b: Double, logit w: Double) -> Double {
    let x = 1 / (1 + exp(-w)), y = 1 / (1 + exp(w))
    // The continued fraction is short below the mean; above it, that of the mirror image is.
    if x <= (a + 1) / (a + b + 2) { return logFactor(a, b, w) - log(fraction(a, b, x, y)) }
    let other = logFactor(a, b, w) - log(fraction(b, a, y, x))
    return other < -0.5 ? log1p(-exp(other)) : log(-expm1(min(0, other)))
  }

  /// `log(x / (1 - x))` where `I(a, b; x)` is that probability.
  static func logit(probability p: Double, _ a: Double, _ b: Double) -> Double {
    // The logit of a beta variable is about normal with mean log(a / b) and variance 1/a + 1/b. Small shapes have a tail
    // like x^a, which begins where the normal ends.
    let z = p < 0.5 ? -NormalQuantile.upper(p) : NormalQuantile.upper(1 - p)
    let start = log(a / b) + z * (1 / a + 1 / b).squareRoot()
    return NewtonRoot.find(from: start, increasing: true) { w in
      let value = logProbability(a, b, logit: w)
      // d I / d w = x^a (1 - x)^b / B(a, b).
      return (value - log(p), exp(logFactor(a, b, w) - value))
    }
  }

  /// `log(x^a y^b / B(a, b))` with y = 1 - x.
  private static func logFactor(_ a: Double, _ b: Double, _ w: Double) -> Double {
    let logX = -softplus(-w), logY = -softplus(w)
    if a >= 10, b >= 10 {
      // Expanded about the mean x0 = a / (a + b), so that terms of size a + b cancel exactly.
      let u = logX + log1p(b / a), v = logY + log1p(a / b)
      let exponent = deviance(a, u, b, v)
      return exponent + log(a / (a + b) * b / (2 * .pi)) / 2 + stirlingRest(a + b) - stirlingRest(a) - stirlingRest(b)
    }
    if max(a, b) >= 10 {
      let large = max(a, b), small = min(a, b)
      let ratio = (large - 0.5) * log1p(small / large) + small * log(large + small) - small
      return a * logX + b * logY + ratio + stirlingRest(large + small) - stirlingRest(large) - logGamma(small)
    }
    return a * logX + b * logY + logGamma(a + b) - logGamma(a) - logGamma(b)
  }

  /// `a u + b v` where `a e^u + b e^v = a + b`. The terms of first order cancel, so they are left out.
  private static func deviance(_ a: Double, _ u: Double, _ b: Double, _ v: Double) -> Double {
    -a * expm1MinusArgument(u) - b * expm1MinusArgument(v)
  }

  private static func softplus(_ w: Double) -> Double { w > 0 ? w + log1p(exp(-w)) : log1p(exp(w)) }

  /// `x^a y^b / (B(a, b) I)` by DiDonato and Morris (1992), equation 9, in whose terms x enters by its distance from the
  /// mean, a y - b x: the usual fraction (DLMF 8.17.22) would lose its digits to 1 - x where a is large. Lentz's method.
  private static func fraction(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
    func kept(_ value: Double) -> Double { abs(value) < .leastNormalMagnitude ? .leastNormalMagnitude : value }
    let distance = a * y - b * x
    func denominator(_ m: Double) -> Double {
      m + m * (b - m) * x / (a + 2 * m - 1) + (a + m) * (distance + 1 + m * (1 + y)) / (a + 2 * m + 1)
    }
    // The first term separately: at a = 1 and m = 0 its middle factor is 0 / 0.
    var value = kept(a * (distance + 1) / (a + 1)), c = value, d = 0.0
    for i in 1..<1_000_000 {
      let m = Double(i), odd = a + 2 * m - 1
      let numerator = (a + m - 1) / odd * ((a + b + m - 1) / odd) * m * (b - m) * x * x
      let next = denominator(m)
      d = 1 / kept(next + numerator * d)
      c = kept(next + numerator / c)
      let step = c * d
      value *= step
      if abs(step - 1) < 0x1p-52 { break }
    }
    return value
  }
}
