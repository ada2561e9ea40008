/// How an activation behaves outside Float's range, and constants that the rules need.
///
/// The carried scale of the engine applies `nearZero` and `atInfinity` in place of `f` where they agree with it to Float's
/// precision, by which is meant a relative error of at most ``precision``.
public struct ActivationLaws: Sendable, Hashable {
  /// Half a unit in the last place of a Float: 2^-24.
  public static let precision = 0x1p-24

  /// The degree `k` with `f(cx) = c^k f(x)` for every `c > 0` (1 for ReLU, 2 for squared ReLU); nil where there is none.
  public var homogeneousDegree: Double?
  /// The tangents at zero and how far they hold; nil where no such law is known.
  public var nearZero: NearZero?
  /// The powers that `f` and `f'` approach as `|x|` grows; nil where no such law exists (sin).
  public var atInfinity: AtInfinity?
  /// The supremum of `|f'|`, nil where it is unbounded.
  public var maximumSlope: Double?
  /// Points where a derivative of `f` jumps. Numerical integration splits there.
  public var kinks: [Double]

  /// Whether `f` has bounded slopes and no limit as `|x|` grows: it goes up and down for ever.
  public var oscillates: Bool { atInfinity == nil && maximumSlope != nil }

  /// Whether `f` is above 0 where nothing arrives, so that its results have a mean: a sigmoid, softplus.
  public var isPositiveAtZero: Bool { nearZero.map { $0.value > 0 } ?? false }

  /// Whether `f` goes from 0 to 1, as a probability does: a sigmoid, the hard one.
  public var isProbability: Bool {
    atInfinity.map { $0.valuePower == 0 && $0.valueBelow == 0 && $0.valueAbove == 1 } ?? false
  }

  /// The two tangents of `f` at zero and the radius within which they replace it.
  public struct NearZero: Sendable, Hashable {
    public var value: Double
    public var slopeBelow: Double
    public var slopeAbove: Double
    public var radius: Double
    public init(value: Double, slopeBelow: Double, slopeAbove: Double, radius: Double) {
      self.value = value
      self.slopeBelow = slopeBelow
      self.slopeAbove = slopeAbove
      self.radius = radius
    }
  }

  /// The powers of `|x|` that `f` and `f'` follow beyond a threshold.
  public struct AtInfinity: Sendable, Hashable {
    public var valuePower: Double
    public var valueBelow: Double
    public var valueAbove: Double
    public var derivativePower: Double
    public var derivativeBelow: Double
    public var derivativeAbove: Double
    public var threshold: Double
    public init(
      valuePower: Double, valueBelow: Double, valueAbove: Double, derivativePower: Double, derivativeBelow: Double,
      derivativeAbove: Double, threshold: Double
    ) {
      self.valuePower = valuePower
      self.valueBelow = valueBelow
      self.valueAbove = valueAbove
      self.derivativePower = derivativePower
      self.derivativeBelow = derivativeBelow
      self.derivativeAbove = derivativeAbove
      self.threshold = threshold
    }
  }

  public init(
    homogeneousDegree: Double? = nil, nearZero: NearZero?, atInfinity: AtInfinity?, maximumSlope: Double?,
    kinks: [Double] = []
  ) {
    self.homogeneousDegree = homogeneousDegree
    self.nearZero = nearZero
    self.atInfinity = atInfinity
    self.maximumSlope = maximumSlope
    self.kinks = kinks
  }
}

extension ActivationLaws.NearZero {
  /// The same tangent on both sides of zero.
  init(value: Double = 0, slope: Double, radius: Double) {
    self.init(value: value, slopeBelow: slope, slopeAbove: slope, radius: radius)
  }
}

extension ActivationLaws.AtInfinity {
  /// A straight line on each side of zero: `f(x) = below x` for negative x and `above x` for positive x.
  static func linear(below: Double, above: Double, threshold: Double) -> Self {
    // The coefficient multiplies |x|, so the left line changes sign; `0 -` keeps a flat one from becoming -0.
    Self(
      valuePower: 1, valueBelow: 0 - below, valueAbove: above, derivativePower: 0, derivativeBelow: below,
      derivativeAbove: above, threshold: threshold)
  }

  /// Constant limits on both sides, with a derivative that vanishes faster than any power or is exactly zero.
  static func saturating(below: Double, above: Double, threshold: Double) -> Self {
    Self(
      valuePower: 0, valueBelow: below, valueAbove: above, derivativePower: 0, derivativeBelow: 0, derivativeAbove: 0,
      threshold: threshold)
  }
}
