import Glibc

// Goals: (1) 1 - c keeps its digits as c approaches 1, where networks at criticality live; (2) c* is found whenever it
// exists.
//
// With f(sqrt(q) z) = sum a_k h_k(z) in normalized Hermite polynomials, E f(u1) f(u2) = sum a_k^2 c^k (Mehler): as a
// function of c on [0, 1] the map is increasing and convex. With d = 1 - c therefore d -> d' is concave with d' = 0 at 0:
// if its slope there, chi = sw2 q E f'^2 / V(q), is at most 1, c = 1 is the only fixed point in [0, 1] and attracts; if it
// is more, there is one other, which attracts, and Newton's method for d' - d = 0 from d = 1 descends to it without
// overshooting.

/// The map of two inputs' correlation from one layer to the next, at pre-activation variance q: `c' = (sw2 E f(u1) f(u2) +
/// sb2) / V(q)`, where V(q) = q at a fixed point (Poole et al. 2016, eq. 5). 5).
public struct CorrelationMap: Sendable {
  public let moments: ActivationMoments
  public let weightVariance: Double
  public let biasVariance: Double
  /// The pre-activation variance of both inputs.
  public let variance: Double
  /// V(q), by which the next layer's covariance is divided.
  let next: Double
  let single: GaussianMoments

  /// Makes the map.
  ///
  /// - Throws: ``MeanFieldError`` where a moment does, and where the next layer has no signal and so no correlations.
  public init(_ map: VarianceMap, variance: Double) throws(MeanFieldError) {
    moments = map.table.moments
    (weightVariance, biasVariance) = (map.weightVariance, map.biasVariance)
    // At variance 0 the map is its limit from above. The quotient exists as long as squares do not underflow.
    self.variance = max(variance, 0x1p-140)
    single = try moments.moments(variance: self.variance)
    next = map.value(single)
    guard next > 0 else {
      throw MeanFieldError(
        .noFixedPoint, "\(moments.activation): the layer after variance \(variance) is silent and has no correlations",
        hint: "Give a weight variance or a bias variance above 0.")
    }
  }

  /// `c'` and the slope `dc'/dc = sw2 q E f'(u1) f'(u2) / V(q)` at a correlation.
  public func step(_ correlation: Correlation) throws(MeanFieldError) -> (value: Correlation, slope: Double) {
    let cross = try moments.crossMoments(variances: (variance, variance), correlation)
    // V - sw2 E f f - sb2 = sw2 (E f^2 - E f f), without the subtraction; rounding may pass the end of the range.
    let separation = weightVariance * cross.halfSquaredDifference / next
    let value = try Correlation(separation: min(2, separation))
    return (value, weightVariance * variance * cross.derivativeProduct / next)
  }

  /// The slope at c = 1: `sw2 q E f'^2 / V(q)`, chi1 at a fixed point.
  public var slopeAtOne: Double { weightVariance * variance * single.derivativeSecondMoment / next }

  /// The iterates `c, c', c'', ...`: count + 1 correlations at constant variance.
  public func iterates(from c: Correlation, count: Int) throws(MeanFieldError) -> [Correlation] {
    precondition(count >= 0, "a number of iterates is not negative, got \(count)")
    var values = [c]
    for _ in 0..<count { values.append(try step(values[values.count - 1]).value) }
    return values
  }

  /// The correlation c* in [0, 1] that two inputs approach from layer to layer, and the map's slope there.
  public func fixedPoint() throws(MeanFieldError) -> (correlation: Correlation, slope: Double) {
    if slopeAtOne <= 1 + 1e-12 { return (try Correlation(1), slopeAtOne) }
    var d = 1.0, slope = 0.0
    // Each step at least halves the distance where the map is nearly a parabola; two suffice elsewhere.
    for _ in 0..<200 {
      let here = try Correlation(separation: d)
      let (image, steepness) = try step(here)
      slope = steepness
      let excess = image.separation - d
      // At d = 1 an odd activation without biases is already at its fixed point.
      if excess.magnitude <= 2 * Double.ulpOfOne { break }
      let following = d - excess / (slope - 1)
      guard following > 0, following < d else { break }
      let isSettled = d - following <= 1e-14 * d
      d = following
      if isSettled { break }
    }
    return (try Correlation(separation: d), slope)
  }
}
