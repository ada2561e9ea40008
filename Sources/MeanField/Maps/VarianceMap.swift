import Glibc

/// The map of pre-activation variance from one layer to the next: `V(q) = sw2 E f(sqrt(q) z)^2 + sb2` (Poole et al. 2016,
/// eq. 3).
///
/// sw2 is the weights' variance times the fan-in, sb2 the biases' variance.
public struct VarianceMap: Sendable {
  public let table: MomentTable
  public let weightVariance: Double
  public let biasVariance: Double

  /// Makes the map.
  ///
  /// - Throws: ``MeanFieldError`` for a variance that is negative, not finite or beyond 1e18.
  public init(_ table: MomentTable, weightVariance: Double, biasVariance: Double) throws(MeanFieldError) {
    try MeanFieldError.checkVariance(weightVariance, "weight variance")
    try MeanFieldError.checkVariance(biasVariance, "bias variance")
    for (value, name) in [(weightVariance, "weight"), (biasVariance, "bias")] where value > MomentTable.largestArgument {
      throw MeanFieldError(.argument, "the \(name) variance is \(value)", hint: "Theory is tabulated up to 1e18.")
    }
    self.table = table
    self.weightVariance = weightVariance
    self.biasVariance = biasVariance
  }

  /// V(q), given the moments at q.
  func value(_ m: GaussianMoments) -> Double { weightVariance * m.secondMoment + biasVariance }

  /// Computes `V(q)`. Throws where a moment does.
  public func value(at q: Double) throws(MeanFieldError) -> Double { value(try table.moments.moments(variance: q)) }

  /// Computes the slope `V'(q) = sw2 d(E f^2)/dq`. Throws where a moment does.
  public func slope(at q: Double) throws(MeanFieldError) -> Double {
    weightVariance * (try table.moments.moments(variance: q)).secondMomentSlope
  }

  /// The iterates `q, V(q), V(V(q)), ...`: count + 1 variances, fewer where the next would leave the range of Double.
  public func iterates(from q: Double, count: Int) throws(MeanFieldError) -> [Double] {
    precondition(count >= 0, "a number of iterates is not negative, got \(count)")
    var values = [q]
    for _ in 0..<count {
      do throws(MeanFieldError) {
        let next = try value(at: values[values.count - 1])
        guard next.isFinite else { break }
        values.append(next)
      } catch  where error.kind == .overflow && values.count > 1 {
        break
      }
    }
    return values
  }
}

/// A variance that the map keeps, and what happens to variances near it.
public struct VarianceFixedPoint: Sendable, Hashable {
  public enum Stability: String, Sendable, Hashable {
    /// Slope below 1: with depth the variance approaches it.
    case stable
    /// Slope above 1: with depth the variance moves away from it.
    case unstable
    /// Slope within 1e-9 of 1: approached or left more slowly than exponentially, or not at all.
    case marginal
  }
  public var variance: Double
  /// The slope V' at the fixed point.
  public var slope: Double

  public var stability: Stability {
    (slope.magnitude - 1).magnitude <= 1e-9 ? .marginal : slope.magnitude < 1 ? .stable : .unstable
  }
}

/// All fixed points of a variance map between 0 and 1e20.
public struct VarianceFixedPoints: Sendable, Hashable {
  /// The fixed points in ascending order; empty where the map has none and every variance grows without bound.
  public var points: [VarianceFixedPoint]
  /// Whether every variance is a fixed point: a homogeneous activation at its critical weight variance, without biases.
  public var isEveryVarianceFixed: Bool
}

extension VarianceMap {
  /// Finds all fixed points: q = 0 where f(0) = 0 and there are no biases, and every zero of V(q) - q that the table
  /// brackets.
  public func fixedPoints() throws(MeanFieldError) -> VarianceFixedPoints {
    if table.isLinear { return linearFixedPoints() }
    var points = [VarianceFixedPoint]()
    if biasVariance == 0, table.isZeroAtZero || weightVariance == 0 {
      points.append(VarianceFixedPoint(variance: 0, slope: try slope(at: 0)))
    } else if value(table.nodes[0]) < table.nodes[0].variance {
      // Below the table, at 1e-20, the map equals its tangent.
      let (start, slope) = (try value(at: 0), try slope(at: 0))
      points.append(VarianceFixedPoint(variance: start / (1 - slope), slope: slope))
    }
    let tangents = try tangentPoints()
    let zeros = try table.zeros(touching: tangents) { m in (value(m) - m.variance, value(m) + m.variance) }
    // Rounding may make the map cross the diagonal where it only touches it. A crossing that no sign tells from a touching
    // point is that point.
    let crossings = zeros.filter { zero in !tangents.contains { ($0 - zero).magnitude <= 1e-6 * zero } }
    for q in (crossings + tangents).sorted() { points.append(VarianceFixedPoint(variance: q, slope: try slope(at: q))) }
    return VarianceFixedPoints(points: points, isEveryVarianceFixed: false)
  }

  /// Half-stable fixed points: where V touches the diagonal, `V(q) = q` and `V'(q) = 1`, to the rounding of V. No change of
  /// sign shows them, so zeros of V' - 1 are looked for.
  private func tangentPoints() throws(MeanFieldError) -> [Double] {
    // Of two neighbouring nodes one is within a quarter of a unit of log q. Elasticities of the catalogue change by at most
    // 1 over a unit: a touch leaves that node's V' within 0.3 of 1 and V within 10% of q. Most maps have no such node.
    let isNear = table.nodes.contains { m in
      (weightVariance * m.secondMomentSlope - 1).magnitude < 0.3 && (value(m) - m.variance).magnitude < 0.1 * m.variance
        && (value(m) - m.variance).magnitude > 2e-13 * m.variance
    }
    guard isNear else { return [] }
    let candidates = try table.zeros { m in
      (weightVariance * m.secondMomentSlope - 1, weightVariance * m.secondMomentSlope + 1)
    }
    var points = [Double]()
    for q in candidates {
      let touch = try value(at: q), beside = try value(at: 1.05 * q)
      // A map that lies on the diagonal, as hard tanh's for small variances, touches it at no particular point.
      if (touch - q).magnitude <= 1e-13 * (touch + q), (beside - 1.05 * q).magnitude > 1e-12 * q { points.append(q) }
    }
    return points
  }

  /// The fixed points of a linear map, `V(q) = slope q + sb2`.
  private func linearFixedPoints() -> VarianceFixedPoints {
    let slope = weightVariance * table.nodes[table.nodes.count / 2].secondMomentSlope
    // sqrt(2)^2 is 2 + 4e-16, but a gain given as a root must still count as critical.
    let isCritical = (slope - 1).magnitude <= 4 * Double.ulpOfOne
    if isCritical { return VarianceFixedPoints(points: [], isEveryVarianceFixed: biasVariance == 0) }
    if slope > 1, biasVariance > 0 { return VarianceFixedPoints(points: [], isEveryVarianceFixed: false) }
    let point = VarianceFixedPoint(variance: biasVariance / (1 - slope).magnitude, slope: slope)
    return VarianceFixedPoints(points: [point], isEveryVarianceFixed: false)
  }

  /// The fixed point to which depth leads from a starting variance; nil where the variance grows without bound.
  ///
  /// V grows with q for every activation of the catalogue, so that iterates run in one direction and stop at the first fixed
  /// point, a half-stable one among them: GELU's at the recommended point from above, SiLU's from below. A start that the
  /// map keeps is its own limit.
  ///
  /// - Throws: ``MeanFieldError`` where a custom activation's moments end before the question is settled.
  public func limit(from start: Double, _ fixed: VarianceFixedPoints) throws(MeanFieldError) -> VarianceFixedPoint? {
    try MeanFieldError.checkVariance(start, "starting variance")
    let m = try table.moments.moments(variance: start)
    let (next, here) = (value(m), start)
    let isKept = fixed.isEveryVarianceFixed || (next - here).magnitude <= 1e-13 * (next + here)
    if isKept {
      // A start within rounding of a fixed point counts as that point.
      let nearest = fixed.points.min { ($0.variance - here).magnitude < ($1.variance - here).magnitude }
      // At a half-stable point V leaves the diagonal as a square, so within the root of rounding the two cannot be told
      // apart.
      let reach = nearest?.stability == .marginal ? 1e-3 : 1e-9
      if let nearest, (nearest.variance - here).magnitude <= reach * here { return nearest }
      if fixed.isEveryVarianceFixed || here == 0 {
        return VarianceFixedPoint(variance: here, slope: weightVariance * m.secondMomentSlope)
      }
    }
    if next >= here, let above = fixed.points.first(where: { $0.variance > here }) { return above }
    if next < here, let below = fixed.points.last(where: { $0.variance < here }) { return below }
    if isKept { return VarianceFixedPoint(variance: here, slope: weightVariance * m.secondMomentSlope) }
    // The variance is known to diverge only where the table continues; an overflow of the moments is growth, too.
    if next >= here, let failure = table.upperFailure, failure.kind != .overflow { throw failure }
    if next < here, let failure = table.lowerFailure { throw failure }
    return nil
  }
}
