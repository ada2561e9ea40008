import Glibc
import NetworkGraph

/// What depth does to signals and gradients, decided by chi1 at the fixed point.
public enum Phase: String, Sendable, Hashable, CaseIterable {
  /// chi1 < 1: inputs become alike, and gradients vanish.
  case ordered
  /// |chi1 - 1| < 1e-6: the edge of chaos, where signals survive greatest depth.
  /// |chi1 - 1| < 1e-6: the edge of chaos, where depth costs least.
  case critical
  /// chi1 > 1: nearby inputs drift apart, and gradients explode.
  case chaotic
  /// No fixed point: the variance grows without bound.
  case divergent
}

/// Mean-field theory of a wide random network: what depth does to signals and gradients for one weight and bias variance.
///
/// With pre-activation variance q and standard normal z: `q' = sw2 E f(sqrt(q) z)^2 + sb2`, q* its fixed point,
/// `chi1 = sw2 E f'(sqrt(q*) z)^2`, and c* the fixed point of the correlation map there. Sources: Poole, Lahiri, Raghu,
/// Sohl-Dickstein and Ganguli 2016; Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, section 3.
public struct MeanFieldTheory: Sendable {
  public let activation: Activation
  /// sw2: the weights' variance times the fan-in.
  public let weightVariance: Double
  /// sb2: the biases' variance.
  public let biasVariance: Double
  /// All fixed points of the variance map, stable or not.
  public let fixedPoints: VarianceFixedPoints
  /// q*: the pre-activation variance to which depth leads from the starting variance; nil where it grows without bound.
  public let qStar: Double?
  /// chi1, `sw2 E f'^2` at q*: the factor per layer of squared gradients, and of small differences between inputs. Without a
  /// fixed point, its limit for infinite variance.
  public let chi1: Double
  /// c*: the correlation in [0, 1] that any two inputs approach.
  public let cStar: Double
  /// `1 - cStar`, with full relative precision.
  public let cStarSeparation: Double
  /// The slope of the variance map at q* (without a fixed point, at infinite variance).
  public let varianceMapSlope: Double
  /// The slope of the correlation map at c*.
  public let correlationMapSlope: Double
  public let phase: Phase
  /// The weight variance with chi1 = 1 at this bias variance; nil where there is none. Its fixed point may be unstable
  /// (``CriticalLine/point(biasVariance:)``).
  public let criticalWeightVariance: Double?
}

extension MeanFieldTheory {
  /// Computes the theory for one activation, weight variance and bias variance.
  ///
  /// - Parameters:
  ///   - activation: The nonlinearity of all layers.
  ///   - weightVariance: Of the weights, times the fan-in.
  ///   - biasVariance: Of the biases.
  ///   - startingVariance: The first layer's pre-activation variance, which chooses among several stable fixed points.
  /// - Throws: ``MeanFieldError`` for variances outside their domains, and for a custom activation whose moments do not
  ///   exist where they are needed. Divergence is an answer.
  public init(
    activation: Activation, weightVariance: Double, biasVariance: Double, startingVariance: Double = 1
  ) throws(MeanFieldError) {
    try self.init(
      MomentTable(activation), weightVariance: weightVariance, biasVariance: biasVariance,
      startingVariance: startingVariance)
  }

  /// The same, with a table that was made before. Throws likewise.
  public init(
    _ table: MomentTable, weightVariance: Double, biasVariance: Double, startingVariance: Double = 1
  ) throws(MeanFieldError) {
    let map = try VarianceMap(table, weightVariance: weightVariance, biasVariance: biasVariance)
    let fixed = try map.fixedPoints()
    activation = table.activation
    self.weightVariance = weightVariance
    self.biasVariance = biasVariance
    fixedPoints = fixed
    criticalWeightVariance = try CriticalLine(table).point(biasVariance: biasVariance)?.weightVariance
    guard let point = try map.limit(from: startingVariance, fixed) else {
      let growth = Divergence(map)
      (qStar, phase) = (nil, .divergent)
      (chi1, varianceMapSlope) = (growth.chi1, growth.slope)
      let limit = try growth.correlation()
      (cStar, cStarSeparation) = (limit.correlation.value, limit.correlation.separation)
      correlationMapSlope = limit.slope
      return
    }
    qStar = point.variance
    varianceMapSlope = point.slope
    let chi1 = weightVariance * (try table.moments.moments(variance: point.variance)).derivativeSecondMoment
    self.chi1 = chi1
    phase = (chi1 - 1).magnitude < 1e-6 ? .critical : chi1 < 1 ? .ordered : .chaotic
    // Without signal there are no correlations. This is the limit of vanishing biases, in which c = 1 attracts at the rate
    // chi1.
    guard point.variance > 0, chi1 > 1 else {
      (cStar, cStarSeparation, correlationMapSlope) = (1, 0, chi1)
      return
    }
    let limit = try CorrelationMap(map, variance: point.variance).fixedPoint()
    (cStar, cStarSeparation) = (limit.correlation.value, limit.correlation.separation)
    correlationMapSlope = limit.slope
  }

  /// The number of layers over which a deviation from q* shrinks by a factor of e: `-1 / log V'(q*)` (Schoenholz 2017, eq.
  /// 8); infinite where the slope is 1, nil without a fixed point. 8); infinite where the slope is 1, nil without a fixed
  /// point.
  public var depthScaleQ: Double? { qStar == nil ? nil : Self.depthScale(varianceMapSlope) }

  /// The number of layers over which a deviation from c* shrinks by a factor of e: `-1 / log` of the correlation map's slope
  /// at c* (Schoenholz 2017, eq. 9); infinite at criticality, nil without a fixed point. 9); infinite at criticality, nil
  /// without a fixed point.
  public var depthScaleC: Double? { qStar == nil ? nil : Self.depthScale(correlationMapSlope) }

  /// The number of layers over which squared gradients change by a factor of e, shrinking in the ordered phase and growing
  /// in the chaotic one: `1 / |log chi1|` (Schoenholz 2017, section 4); infinite at criticality.
  public var depthScaleGradient: Double { 1 / log(chi1).magnitude }

  /// `-1 / log |slope|`; infinite for a slope of 1 or more, 0 for a slope of 0.
  static func depthScale(_ slope: Double) -> Double {
    let magnitude = slope.magnitude
    // A slope of 1 contains the rounding of the moments' sums.
    return magnitude >= 1 - 4 * Double.ulpOfOne ? .infinity : magnitude == 0 ? 0 : -1 / log(magnitude)
  }
}
