import Glibc
import NetworkGraph
import SampleStatistics

// B samples of one variance q and one correlation rho >= 0 are, in one unit, u_b = x + y_b: a shared x ~ N(0, rho q) and
// independent y_b ~ N(0, (1 - rho) q). Given x the f(u_b) are independent of mean mu(x), variance v(x) and central moments
// mu3, mu4, so that the unit's mean square m = mean f^2 and its variance over the batch s (divisor B - 1, so that E s =
// E (f(u1) - f(u2))^2 / 2) have
//   Var s      = Var v + E[mu4/B - v^2 (B - 3)/(B (B - 1))],
//   Cov(m, s)  = Cov(mu^2 + v, v) + E[(2 mu mu3 + mu4 - v^2)/B],
//   Var m      = Var(mu^2 + v) + E[(4 mu^2 v + 4 mu mu3 + mu4 - v^2)/B]
// (Cramer 1946, section 27.4, for moments of a sample variance). s is formed by itself and not as the difference of m and a
// product of means, so that it keeps its digits as rho approaches 1.

/// Moments of one unit's activations over a batch of exchangeable samples: of their mean square m and batch variance s.
struct ExchangeableMoments {
  /// `E m = E f^2`, and `E s`, which is the difference of E f^2 and E f(u1) f(u2).
  private(set) var square = 0.0
  private(set) var separation = 0.0
  /// Covariances of one unit's m and s, relative to their means.
  private(set) var covariance = BatchCovariance()
  /// `d log E s / d log (1 - rho) q` at constant q, and `d log E s / d log q` at constant rho.
  private(set) var elasticity = (separation: 0.0, scale: 0.0)

  /// exp(-8^2 / 2) is 1e-14: these moments make standard errors, not values.
  private static let reach = 8.0
  private static let rule = GaussLegendreRule(order: 10)

  /// Computes the moments for a pre-activation variance and a correlation of the samples.
  ///
  /// - Parameters:
  ///   - q: Positive.
  ///   - separation: `1 - rho`, in (0, 1].
  ///   - batch: At least 2.
  init(_ moments: ActivationMoments, variance q: Double, separation gap: Double, batch: Int) {
    let (f, g) = (moments.activation.value, moments.activation.derivative)
    let kinks = moments.scale.kinks, b = Double(batch)
    let outer = (q * (1 - gap)).squareRoot(), inner = (q * gap).squareRoot()
    let bend = min(moments.scale.length, 1e3 * q.squareRoot())
    var sums = Sums()
    // A kink shows in moments given x over a width of sqrt((1 - rho) q).
    let places: [Place] = kinks.map { ($0, inner) } + [(0, max(bend, inner))]
    Self.integrate(deviation: outer, places: places) { x, weight in
      var raw = (mean: 0.0, slope: 0.0)
      var values = [(f: Double, g: Double, y: Double, weight: Double)]()
      let here: [Place] = kinks.map { ($0 - x, 0) } + [(-x, bend)]
      Self.integrate(deviation: inner, places: here) { y, part in
        let value = (f: f(x + y), g: g(x + y), y: y, weight: part)
        raw.mean += part * value.f
        raw.slope += part * value.g
        values.append(value)
      }
      // Central moments in a second pass, without cancellation; E u f' = x E f' + E y f' likewise.
      var central = (second: 0.0, third: 0.0, fourth: 0.0, tilt: 0.0, slopes: raw.slope * raw.slope)
      for v in values {
        let d = v.f - raw.mean, square = d * d
        central.second += v.weight * square
        central.third += v.weight * square * d
        central.fourth += v.weight * square * square
        central.tilt += v.weight * d * (x + v.y) * v.g
      }
      sums.add(weight, mean: raw.mean, central, batch: b)
    }
    square = sums.square
    separation = sums.separation
    guard square > 0, separation > 0 else { return }
    let (mm, ms, ss) = (square * square, square * separation, separation * separation)
    covariance = BatchCovariance(
      square: max(0, sums.squares / mm - 1), mixed: sums.mixed / ms - 1, separation: max(0, sums.separations / ss - 1))
    elasticity = (gap * q * sums.slopes / separation, sums.tilt / separation)
  }

  private typealias Place = (centre: Double, length: Double)

  private struct Sums {
    var square = 0.0, separation = 0.0, squares = 0.0, mixed = 0.0, separations = 0.0, slopes = 0.0, tilt = 0.0

    mutating func add(
      _ w: Double, mean mu: Double,
      _ c: (second: Double, third: Double, fourth: Double, tilt: Double, slopes: Double), batch b: Double
    ) {
      let v = c.second, whole = mu * mu + v, excess = c.fourth - v * v
      square += w * whole
      separation += w * v
      squares += w * (whole * whole + (4 * mu * mu * v + 4 * mu * c.third + excess) / b)
      mixed += w * (whole * v + (2 * mu * c.third + excess) / b)
      separations += w * (v * v + (c.fourth - v * v * (b - 3) / (b - 1)) / b)
      slopes += w * c.slopes
      tilt += w * c.tilt
    }
  }

  /// Calls `body` with the nodes and weights of a rule for N(0, deviation^2). Panels end at every centre, and are no wider
  /// than `length` or their distance from it.
  private static func integrate(
    deviation: Double, places: [Place], _ body: (_ value: Double, _ weight: Double) -> Void
  ) {
    guard deviation > 0 else { return body(0, 1) }
    let end = reach * deviation
    var ends = [-end]
    let stops = places.map(\.centre).filter { $0.magnitude < end }.sorted() + [end]
    for stop in stops where stop > ends[ends.count - 1] {
      while let position = ends.last, position < stop {
        var step = 2.5 * deviation
        for place in places where place.length > 0 {
          let distance = (position - place.centre).magnitude
          step = min(step, max(position < place.centre ? distance / 2 : distance, 2 * place.length))
        }
        ends.append(position + 1.4 * step >= stop || position + step == position ? stop : position + step)
      }
    }
    for (low, high) in zip(ends, ends.dropFirst()) {
      let middle = (low + high) / 2, half = (high - low) / 2
      for k in 0..<rule.nodes.count {
        let value = middle + half * rule.nodes[k], z = value / deviation
        body(value, half * rule.weights[k] * exp(-z * z / 2) * 0.398942280401432678 / deviation)
      }
    }
  }
}

/// Covariances of the relative deviations of a batch's mean square and its separation.
struct BatchCovariance {
  var square = 0.0
  var mixed = 0.0
  var separation = 0.0

  /// The variance of `1 - c = separation / square` relative to its square.
  var ofQuotient: Double { max(0, square - 2 * mixed + separation) }

  /// Adds the sampling over n units.
  func adding(_ own: BatchCovariance, units n: Int) -> BatchCovariance {
    let n = Double(n)
    return BatchCovariance(
      square: square + own.square / n, mixed: mixed + own.mixed / n, separation: separation + own.separation / n)
  }

  /// Maps log square to `a` times itself, and (log square, log separation) to `b` and `e` times them.
  func mapped(square a: Double, separation: (square: Double, separation: Double)) -> BatchCovariance {
    let (b, e) = separation
    return BatchCovariance(
      square: a * a * square, mixed: a * b * square + a * e * mixed,
      separation: b * b * square + 2 * b * e * mixed + e * e * self.separation)
  }
}
