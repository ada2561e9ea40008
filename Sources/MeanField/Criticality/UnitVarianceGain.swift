import NetworkGraph

/// The gain with which an activation keeps a second moment of 1: `E f(g z)^2 = 1` with standard normal z.
///
/// It is what an initializer's gain should be for this activation where forward scale is all that counts; the slope and chi1
/// say what happens to deviations and to gradients there. sqrt 2 for ReLU, 1 for SELU, none for tanh, whose squares stay
/// below 1.
public struct UnitVarianceGain: Sendable, Hashable {
  /// The gain g; the weights have variance g^2 / fanIn.
  public var gain: Double
  /// The slope of the variance map at its fixed point q = g^2.
  public var varianceMapSlope: Double
  /// `g^2 E f'(g z)^2`.
  public var chi1: Double

  /// Finds all such gains, ascending; empty where no gain reaches a second moment of 1.
  public static func all(_ table: MomentTable) throws(MeanFieldError) -> [UnitVarianceGain] {
    var gains = [UnitVarianceGain]()
    for q in try table.zeros({ m in (m.secondMoment - 1, m.secondMoment + 1) }) {
      let m = try table.moments.moments(variance: q)
      gains.append(
        UnitVarianceGain(
          gain: q.squareRoot(), varianceMapSlope: q * m.secondMomentSlope, chi1: q * m.derivativeSecondMoment))
    }
    // Where the table holds a zero exactly, its relative difference is rounding and no bracket shows it.
    if gains.isEmpty, let exact = table.nodes.first(where: { ($0.secondMoment - 1).magnitude <= 1e-13 }) {
      let q = exact.variance
      gains.append(
        UnitVarianceGain(
          gain: q.squareRoot(), varianceMapSlope: q * exact.secondMomentSlope, chi1: q * exact.derivativeSecondMoment))
    }
    return gains
  }
}
