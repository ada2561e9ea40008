import Glibc

/// The regularized incomplete gamma functions `P(a, x)` and `Q(a, x) = 1 - P(a, x)`, and their inverses.
///
/// Goals, in this order: (1) relative precision in both tails, for shapes from 0.1 to 1e15; (2) quantiles in the right order
/// whatever the arguments. GSL 2.7 misses both: its quantiles of chi-square are wrong by half between 1e4 and 1e12 degrees
/// of freedom, its probabilities from 1e5 on.
///
/// The argument is `u = log(x / a)`, which holds the distance from the mean x = a to full precision, and in which both
/// logarithms `log P` and `log Q` are concave, so that Newton's method finds every quantile.
///
/// - P by its power series, Q by its continued fraction (DLMF 8.7.1, 8.9.2).
/// - For large shapes near the mean, where both need some sqrt(a) terms, by Temme's uniform expansion (DLMF 8.12.3 to
///   8.12.12): `Q = erfc(eta sqrt(a/2)) / 2 + R`, with `eta^2 / 2 = x/a - 1 - log(x/a)`.
enum IncompleteGamma {
  enum Tail { case lower, upper }

  /// `log P` or `log Q` at `x = a exp(u)`.
  static func logProbability(_ tail: Tail, shape a: Double, logRatio u: Double) -> Double {
    let size = 2 * expm1MinusArgument(u)
    if a >= leastUniformShape, size < 1 { return log(uniform(tail, a, u < 0 ? -size.squareRoot() : size.squareRoot())) }
    let x = a * exp(u)
    // Each is used where it is short: the series below the mean, the continued fraction above.
    if x < a + 1 {
      let lower = logFactor(a, u) + log(series(a, x))
      return tail == .lower ? lower : log(-expm1(min(0, lower)))
    }
    let upper = logFactor(a, u) + log(a) - log(fraction(a, x))
    return tail == .upper ? upper : log1p(-exp(min(0, upper)))
  }

  /// `log(x / a)` where the tail has this probability.
  static func logRatio(_ tail: Tail, probability p: Double, shape a: Double) -> Double {
    let sign = tail == .lower ? -1.0 : 1
    // Wilson and Hilferty's cube (1931); where it leaves 0 behind, the first term of the lower tail, x^a / Gamma(a + 1).
    let z = sign * (p < 0.5 ? NormalQuantile.upper(p) : -NormalQuantile.upper(1 - p))
    let cube = 1 - 1 / (9 * a) + z / (3 * a.squareRoot())
    let start = cube > 0.1 ? 3 * log(cube) : (log(tail == .lower ? p : 1 - p) + logGamma(a + 1)) / a - log(a)
    return NewtonRoot.find(from: start, increasing: tail == .lower) { u in
      let value = logProbability(tail, shape: a, logRatio: u)
      // d P / d u = x^a e^-x / Gamma(a).
      return (value - log(p), -sign * exp(logFactor(a, u) + log(a) - value))
    }
  }

  /// `log(x^a e^-x / Gamma(a + 1))`.
  private static func logFactor(_ a: Double, _ u: Double) -> Double {
    // Stirling's factor is taken out, so that no terms of size a log a cancel.
    if a >= 10 { return -a * expm1MinusArgument(u) - log(2 * .pi * a) / 2 - stirlingRest(a) }
    return a * (u + log(a)) - a * exp(u) - logGamma(a + 1)
  }

  /// `P Gamma(a + 1) e^x / x^a = 1 + x / (a + 1) + x^2 / ((a + 1)(a + 2)) + ...`
  private static func series(_ a: Double, _ x: Double) -> Double {
    var sum = 1.0, term = 1.0, n = a
    // Below the mean the terms fall at least as (a / (a + n))...: some 6 sqrt(a) of them for a < 100.
    repeat {
      n += 1
      term *= x / n
      sum += term
    } while term > 0x1p-54 * sum
    return sum
  }

  /// `x^a e^-x / (Gamma(a) Q)`, by Lentz's method.
  private static func fraction(_ a: Double, _ x: Double) -> Double {
    var b = x + 1 - a, c = 1 / Double.leastNormalMagnitude, d = 1 / b, h = d
    for i in 1..<100_000 {
      let an = -Double(i) * (Double(i) - a)
      b += 2
      d = an * d + b
      if abs(d) < .leastNormalMagnitude { d = .leastNormalMagnitude }
      c = b + an / c
      if abs(c) < .leastNormalMagnitude { c = .leastNormalMagnitude }
      d = 1 / d
      let step = d * c
      h *= step
      if abs(step - 1) < 0x1p-52 { break }
    }
    return 1 / h
  }

  // MARK: Temme's expansion

  /// From here on seven powers of 1/a and thirty of eta < 1 leave less than 1e-16.
  private static let leastUniformShape = 100.0

  private static func uniform(_ tail: Tail, _ a: Double, _ eta: Double) -> Double {
    var sum = 0.0
    for row in coefficients.reversed() { sum = sum / a + row.reversed().reduce(0) { $0 * eta + $1 } }
    let rest = exp(-a * eta * eta / 2) / (2 * .pi * a).squareRoot() * sum
    let root = eta * (a / 2).squareRoot()
    return max(0, tail == .upper ? erfc(root) / 2 + rest : erfc(-root) / 2 - rest)
  }

  /// `d(k, n)` of DLMF 8.12.12, from `x/a - 1 = eta + eta^2 / 3 + ...` and Stirling's series.
  private static let coefficients: [[Double]] = {
    let terms = 30, orders = 7, all = terms + 2 * orders + 2
    var alpha = [0, 1.0, 1.0 / 3]
    for n in 3...all {
      let products = (2..<n).reduce(0) { $0 + Double($1) * alpha[$1] * alpha[n - $1 + 1] }
      alpha.append((alpha[n - 1] - products) / Double(n + 1))
    }
    let stirling = [
      1, 1.0 / 12, 1.0 / 288, -139.0 / 51840, -571.0 / 2_488_320, 163_879.0 / 209_018_880, 5_246_819.0 / 75_246_796_800,
    ]
    let first = [-1.0 / 3] + (1...all - 2).map { Double($0 + 2) * alpha[$0 + 2] }
    var rows = [first]
    for k in 1..<orders {
      let above = rows[k - 1], sign = k % 2 == 0 ? 1.0 : -1
      rows.append((0..<above.count - 2).map { sign * stirling[k] * first[$0] + Double($0 + 2) * above[$0 + 2] })
    }
    return rows.map { Array($0.prefix(terms)) }
  }()
}

/// `e^u - 1 - u`, at least 0, to full precision.
func expm1MinusArgument(_ u: Double) -> Double {
  guard abs(u) < 0.5 else { return expm1(u) - u }
  var term = u * u / 2, sum = 0.0, n = 2.0
  while abs(term) > 0x1p-56 * sum {
    sum += term
    n += 1
    term *= u / n
  }
  return sum
}

/// `log Gamma(a + 1) - (a log a - a + log(2 pi a) / 2)`, for a from 10 on: 1 / (12 a) - ... (DLMF 5.11.1).
func stirlingRest(_ a: Double) -> Double {
  let s = 1 / (a * a)
  return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s * (1.0 / 1188 - s * 691.0 / 360_360))))) / a
}

/// `log Gamma(x)` for x above 0. The C function of that name leaves the sign in a global variable, which threads share.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}
