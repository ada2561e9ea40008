import Glibc
import NetworkGraph

// With D(q) = E f'^2 and M(q) = E f^2, a point with fixed point q is critical where sw2 D(q) = 1, and then
// sb2 = q - M(q)/D(q). So the line is a curve in q: no search in two dimensions is needed, whichever variance is given.

/// A critical point: weight and bias variance for which squared gradients neither grow nor shrink with depth (chi1 = 1).
public struct CriticalPoint: Sendable, Hashable {
  public var weightVariance: Double
  public var biasVariance: Double
  /// The fixed point q* of the variance there; nil where every variance is a fixed point (homogeneous activations).
  public var variance: Double?
  /// The slope of the variance map at q*. Below 1, depth leads to q*.
  public var varianceMapSlope: Double

  /// sigma_w, the gain: standard deviation of a weight times the root of the fan-in.
  public var gain: Double { weightVariance.squareRoot() }
  /// sigma_b, the standard deviation of a bias.
  public var biasDeviation: Double { biasVariance.squareRoot() }
}

extension CriticalPoint {
  /// Whether the signal's variance is drawn to the point's q* with depth.
  public enum Stability: String, Sendable, Hashable {
    /// Depth leads to q* from both sides, or from above where q* is 0.
    case stable
    /// Half-stable: depth leads to q* from larger variances and away from it below (GELU).
    case stableFromAbove
    /// Half-stable the other way: depth leads to q* from smaller variances and away from it above (SiLU and Mish).
    case stableFromBelow
    /// Depth keeps every variance: homogeneous activations without biases.
    case neutral
    /// Depth leads away from q*.
    case unstable
  }
}

/// The edge of chaos of one activation: all pairs of weight and bias variance with chi1 = 1 (Schoenholz 2017, section 3).
public struct CriticalLine: Sendable {
  public let table: MomentTable

  public init(_ table: MomentTable) { self.table = table }

  /// Prepares the activation's moments.
  ///
  /// - Throws: ``MeanFieldError`` where the activation has no moments.
  public init(_ activation: Activation) throws(MeanFieldError) { table = try MomentTable(activation) }

  /// The critical points at a bias variance, ascending in q*; empty where there is none (ReLU with biases).
  public func points(biasVariance: Double) throws(MeanFieldError) -> [CriticalPoint] {
    try check(biasVariance, "bias variance")
    if table.isLinear { return biasVariance == 0 ? [homogeneousPoint] : [] }
    var points = [CriticalPoint]()
    if biasVariance == 0, let silent = try silentPoint() { points.append(silent) }
    let zeros = try table.zeros { m in
      let slopes = m.derivativeSecondMoment
      guard slopes > 0 else { return (-.infinity, 1) }
      let ratio = m.secondMoment / slopes
      return (m.variance - ratio - biasVariance, m.variance + ratio + biasVariance)
    }
    for q in zeros { points.append(try point(at: q, biasVariance: biasVariance)) }
    return points
  }

  /// The critical points at a weight variance, ascending in q*; empty where there is none.
  public func points(weightVariance: Double) throws(MeanFieldError) -> [CriticalPoint] {
    try check(weightVariance, "weight variance")
    if table.isLinear {
      let point = homogeneousPoint
      return (weightVariance / point.weightVariance - 1).magnitude <= 1e-15 ? [point] : []
    }
    var points = [CriticalPoint]()
    if let silent = try silentPoint(), (weightVariance / silent.weightVariance - 1).magnitude <= 1e-15 {
      points.append(silent)
    }
    let zeros = try table.zeros { m in
      let chi1 = weightVariance * m.derivativeSecondMoment
      // An activation like ReLU approaches its limit from one side: a value within 1e-13 of 1 there is no zero.
      return (chi1 - 1, chi1 + 1)
    }
    for q in zeros {
      let m = try table.moments.moments(variance: q)
      let bias = q - weightVariance * m.secondMoment
      // Without biases the difference is only rounding.
      if bias < -1e-13 * q { continue }
      points.append(
        CriticalPoint(
          weightVariance: weightVariance, biasVariance: max(0, bias), variance: q,
          varianceMapSlope: weightVariance * m.secondMomentSlope))
    }
    return points
  }

  /// The critical point at a bias variance; nil where there is none. Of several, that of least q* to which depth leads or,
  /// where depth leads to none, that of least q*.
  ///
  /// GELU, SiLU and Mish have one critical point at every bias variance; below the bias variance of their half-stable point
  /// it is unstable.
  public func point(biasVariance: Double) throws(MeanFieldError) -> CriticalPoint? {
    let points = try points(biasVariance: biasVariance)
    for point in points where try stability(of: point) != .unstable { return point }
    return points.first
  }

  /// The bias variances at which a deep network's variance settles at a critical point; nil where there is none (softplus).
  /// The upper end is infinite where the line runs on beyond the table.
  public func attractingBiasVariances() throws(MeanFieldError) -> ClosedRange<Double>? {
    if table.isLinear { return 0...0 }
    var biases = try halfStablePoints().map(\.biasVariance)
    // The end of the line without signal, or the point at which a line that starts below zero reaches zero.
    for point in try points(biasVariance: 0) where try stability(of: point) != .unstable { biases.append(0) }
    for (index, m) in table.nodes.enumerated()
    where m.derivativeSecondMoment > 1e-30 && m.secondMomentSlope <= m.derivativeSecondMoment {
      let bias = m.variance - m.secondMoment / m.derivativeSecondMoment
      guard bias > 1e-13 * m.variance else { continue }
      biases.append(index == table.nodes.count - 1 ? .infinity : bias)
    }
    guard let low = biases.min(), let high = biases.max() else { return nil }
    return low...high
  }

  /// The critical points at which the slope of the variance map is 1, too, ascending in q*. (Roberts, Yaida and Hanin 2022,
  /// section 5.3.4, "half-stable": GELU at sw2 = 1.98305826, sb2 = 0.17292239, SiLU at 1.98800468, 0.55514317.)
  public func halfStablePoints() throws(MeanFieldError) -> [CriticalPoint] {
    if table.isLinear { return [] }
    var points = [CriticalPoint]()
    for q in try table.zeros({ m in
      (m.secondMomentSlope - m.derivativeSecondMoment, m.secondMomentSlope + m.derivativeSecondMoment)
    }) {
      if let point = try point(variance: q) { points.append(point) }
    }
    return points
  }

  /// The recommended weight and bias variance for this activation: the critical point without biases if depth leads to it
  /// (sqrt 2 for ReLU, 1 for tanh), else the half-stable point (GELU, SiLU, Mish); nil where there is neither (softplus).
  public func recommendation() throws(MeanFieldError) -> CriticalPoint? {
    if let point = try point(biasVariance: 0), try stability(of: point) != .unstable { return point }
    return try halfStablePoints().first
  }

  /// Whether the variance of pre-activations approaches the point's q* from layer to layer.
  public func stability(of point: CriticalPoint) throws(MeanFieldError) -> CriticalPoint.Stability {
    guard let q = point.variance else { return .neutral }
    guard (point.varianceMapSlope - 1).magnitude <= 1e-9 else { return point.varianceMapSlope < 1 ? .stable : .unstable }
    let map = try VarianceMap(table, weightVariance: point.weightVariance, biasVariance: point.biasVariance)
    // Where the slope is 1, the map's next term decides. Hard tanh keeps small variances to the last digit.
    func pulls(_ q: Double, down: Bool) throws(MeanFieldError) -> Bool {
      let next = try map.value(at: q)
      return down ? next <= q * (1 + 1e-13) : next >= q * (1 - 1e-13)
    }
    guard q > 0 else { return try pulls(1e-6, down: true) ? .stable : .unstable }
    let (above, below) = (try pulls(1.001 * q, down: true), try pulls(0.999 * q, down: false))
    return above ? (below ? .stable : .stableFromAbove) : below ? .stableFromBelow : .unstable
  }

  /// The critical point with a given fixed point: `sw2 = 1 / E f'^2`, `sb2 = q - sw2 E f^2`; nil where that is negative.
  public func point(variance q: Double) throws(MeanFieldError) -> CriticalPoint? {
    let m = try table.moments.moments(variance: q)
    guard m.derivativeSecondMoment > 0 else { return nil }
    let bias = q - m.secondMoment / m.derivativeSecondMoment
    return bias >= -1e-13 * q ? try point(at: q, biasVariance: max(0, bias)) : nil
  }

  private func point(at q: Double, biasVariance: Double) throws(MeanFieldError) -> CriticalPoint {
    let m = try table.moments.moments(variance: q)
    let weightVariance = 1 / m.derivativeSecondMoment
    return CriticalPoint(
      weightVariance: weightVariance, biasVariance: biasVariance, variance: q,
      varianceMapSlope: weightVariance * m.secondMomentSlope)
  }

  /// The critical point for a vanishing signal without biases: `sw2 = 1 / E f'^2` for a vanishing argument.
  private func silentPoint() throws(MeanFieldError) -> CriticalPoint? {
    guard table.isZeroAtZero else { return nil }
    let m = try table.moments.moments(variance: 0)
    guard m.derivativeSecondMoment > 1e-30 else { return nil }
    let weightVariance = 1 / m.derivativeSecondMoment
    return CriticalPoint(
      weightVariance: weightVariance, biasVariance: 0, variance: 0, varianceMapSlope: weightVariance * m.secondMomentSlope)
  }

  private var homogeneousPoint: CriticalPoint {
    let m = table.nodes[table.nodes.count / 2]
    return CriticalPoint(
      weightVariance: 1 / m.derivativeSecondMoment, biasVariance: 0, variance: nil,
      varianceMapSlope: m.secondMomentSlope / m.derivativeSecondMoment)
  }

  private func check(_ value: Double, _ name: String) throws(MeanFieldError) {
    try MeanFieldError.checkVariance(value, name)
    guard value <= MomentTable.largestArgument else {
      throw MeanFieldError(.argument, "the \(name) is \(value)", hint: "Theory is tabulated up to 1e18.")
    }
  }
}
