import Glibc
import NetworkGraph
import SampleStatistics

// Goals: (1) no loss of 1 - c' as c approaches 1; (2) 1e-11 of the moments' natural size at any pair of variances; (3)
// under a millisecond at moderate variances.
//
// For c >= 0 turn the axes: with independent standard normals x, y and a = sqrt((1 + c)/2), b = sqrt((1 - c)/2)
//   u1 = sigma1 (a x + b y),  u2 = sigma2 (a x - b y),
// so that u1/sigma1 - u2/sigma2 = 2 b y is small in b, and f(u1) - f(u2) is formed directly. A negative c is a positive
// one with the second activation mirrored. The inner integral, over x, meets the activation's scale near u1 = 0 (x =
// -by/a) and near u2 = 0 (x = by/a): panels grow in proportion to the distance from both, as in one dimension. It is
// smooth in y but at y = 0 and where a kink k of f(u1) passes a kink k' of f(u2): b y = (k/sigma1 - k'/sigma2)/2.

/// One evaluation of the two-dimensional integration rule.
struct CrossQuadrature {
  let f: @Sendable (Double) -> Double
  let g: @Sendable (Double) -> Double
  let kinks: [Double]
  let scale: Double
  let sigma: (Double, Double)
  let correlation: Correlation
  /// A divisor of all panel widths, for checks.
  let refinement: Double
  /// Whether f' may replace small differences of f, which is wrong where unknown kinks may lie between.
  let trustsDerivative: Bool

  let effort: Effort

  /// The order of Gauss's rule on each panel, and the distance at which the normal density ends.
  struct Effort: Sendable {
    let rule: GaussLegendreRule
    let reach: Double

    /// exp(-9.5^2 / 2) is 1e-20.
    static let full = Effort(rule: GaussLegendreRule(order: 14), reach: 9.5)
    /// A quarter of the nodes; exp(-8^2 / 2) is 1e-14.
    static let coarse = Effort(rule: GaussLegendreRule(order: 8), reach: 8)
  }

  func moments() -> CrossMoments {
    let b = (correlation.gap / 2).squareRoot()
    let mirrors = correlation.isNegative
    var total = CrossMoments(
      product: 0, derivativeProduct: 0, squareProduct: 0, derivativeSquareProduct: 0, mixedSquareProduct: 0,
      halfSquaredDifference: 0)
    guard b > 0 else { return inner(y: 0, b: 0, mirrors: mirrors) }
    // With equal variances y and -y exchange u1 and u2, unless one of them is mirrored.
    let isSymmetric = sigma.0 == sigma.1 && !mirrors
    var stops = [0.0]
    for k in kinks {
      for l in kinks {
        let stop = (k / sigma.0 - (mirrors ? -l : l) / sigma.1) / (2 * b)
        if stop.magnitude < effort.reach { stops.append(isSymmetric ? stop.magnitude : stop) }
      }
    }
    let rule = effort.rule, length = scale / (b * max(sigma.0, sigma.1))
    let panels = panels(
      from: isSymmetric ? 0 : -effort.reach, stops: stops, centres: (0, 0), lengths: (length, length), refinement: refinement
    )
    for (low, high) in zip(panels, panels.dropFirst()) {
      let middle = (low + high) / 2, half = (high - low) / 2
      for k in 0..<rule.nodes.count {
        let y = middle + half * rule.nodes[k]
        let weight = half * rule.weights[k] * exp(-y * y / 2) * 0.398942280401432678 * (isSymmetric ? 2 : 1)
        total.add(inner(y: y, b: b, mirrors: mirrors), weight: weight)
      }
    }
    return total
  }

  /// The integral over x at one y.
  private func inner(y: Double, b: Double, mirrors: Bool) -> CrossMoments {
    let a = (1 - correlation.gap / 2).squareRoot()
    let (s1, s2) = (sigma.0 * a, sigma.1 * a)
    let rule = effort.rule, shift = b * y / a
    var stops = [Double]()
    for k in kinks {
      stops.append(k / s1 - shift)
      stops.append((mirrors ? -k : k) / s2 + shift)
    }
    let panels = panels(
      from: -effort.reach, stops: stops, centres: (-shift, shift), lengths: (scale / s1, scale / s2), refinement: refinement)
    // With equal variances f(u1) - f(u2) over a small gap is the integral of f', in which two Gauss points err by the fourth
    // power.
    let gap = sigma.0 * b * y
    let usesDerivative =
      trustsDerivative && !mirrors && sigma.0 == sigma.1
      && gap.magnitude < 1e-3 * min(scale, sigma.0)
    var (product, derivatives, squares, slopes, mixed, difference) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for (low, high) in zip(panels, panels.dropFirst()) {
      let middle = (low + high) / 2, half = (high - low) / 2
      let centre = s1 * middle
      let isSmooth = usesDerivative && kinks.allSatisfy { (centre - $0).magnitude > gap.magnitude }
      for k in 0..<rule.nodes.count {
        let x = middle + half * rule.nodes[k]
        let weight = half * rule.weights[k] * exp(-x * x / 2)
        let u1 = s1 * (x + shift), u2 = (mirrors ? -s2 : s2) * (x - shift)
        let (f1, f2, g1, g2) = (f(u1), f(u2), g(u1), g(u2))
        product += weight * f1 * f2
        derivatives += weight * g1 * g2
        squares += weight * (f1 * f1) * (f2 * f2)
        slopes += weight * (g1 * g1) * (g2 * g2)
        mixed += weight * ((f1 * f1) * (g2 * g2) + (f2 * f2) * (g1 * g1)) / 2
        let delta =
          isSmooth
          ? gap * (g(s1 * x - gap * 0.577350269189625765) + g(s1 * x + gap * 0.577350269189625765)) : f1 - f2
        difference += weight * delta * delta
      }
    }
    let norm = 0.398942280401432678
    return CrossMoments(
      product: norm * product, derivativeProduct: norm * derivatives, squareProduct: norm * squares,
      derivativeSquareProduct: norm * slopes, mixedSquareProduct: norm * mixed,
      halfSquaredDifference: norm * difference / 2)
  }

  /// Ends of panels from `start` to the reach: none contains a stop, none is wider than 2 or than its distance from either
  /// centre, unless the activation's scale is.
  private func panels(
    from start: Double, stops: [Double], centres: (Double, Double), lengths: (Double, Double), refinement: Double
  ) -> [Double] {
    var stops = stops.filter { $0 > start && $0 < effort.reach }
    stops.append(effort.reach)
    stops.sort()
    var ends = [start]
    var position = start
    func width(_ centre: Double, _ length: Double) -> Double {
      let distance = (position - centre).magnitude
      // Towards a centre the panel that begins here must leave half of the distance; away from it it may double it.
      return max(position < centre ? distance / 2 : distance, 2 * length)
    }
    for stop in stops where stop > position {
      while position < stop {
        let step = min(2, width(centres.0, lengths.0), width(centres.1, lengths.1)) / refinement
        // Less than three quarters of a step does not get a panel of its own, and a step below resolution would never reach
        // the end.
        position = position + 1.4 * step >= stop || position + step == position ? stop : position + step
        ends.append(position)
      }
    }
    return ends
  }
}

extension CrossMoments {
  fileprivate mutating func add(_ other: CrossMoments, weight: Double) {
    product += weight * other.product
    derivativeProduct += weight * other.derivativeProduct
    squareProduct += weight * other.squareProduct
    derivativeSquareProduct += weight * other.derivativeSquareProduct
    mixedSquareProduct += weight * other.mixedSquareProduct
    halfSquaredDifference += weight * other.halfSquaredDifference
  }
}
