import MeanField
import NetworkGraph

/// What mean-field theory says about one activation at one point, with the critical point and the gains for comparison.
public struct TheoryReport: Sendable {
  public var theory: MeanFieldTheory
  /// The first layer's pre-activation variance, from which `theory` was followed.
  public var startingVariance: Double
  /// The point with chi1 = 1 at the same bias variance; nil where there is none. `criticalStability` says of which kind it
  /// is.
  public var criticalPoint: CriticalPoint?
  public var criticalStability: CriticalPoint.Stability?
  /// The bias variances with a critical point to which depth leads; nil where there is none.
  public var criticalBiasVariances: ClosedRange<Double>?
  /// The recommended point for the activation, whatever point was asked about; nil where no point is critical.
  public var recommendation: CriticalPoint?
  public var recommendedStability: CriticalPoint.Stability?
  /// Where the variance of the recommended pair settles that starts from `startingVariance`; nil where it does not settle.
  public var recommendedRest: Double?
  /// The gains that keep a second moment of 1, ascending; empty where none does.
  public var unitVarianceGains: [UnitVarianceGain]
  /// How much of a layer is saturated at q*, at the critical point's and at the recommendation's; nil without such a
  /// variance.
  public var saturation: Saturation?
  public var criticalSaturation: Saturation?
  public var recommendedSaturation: Saturation?
  /// The first layers, nil where a number leaves its range there. They start from the variance that was asked for, else from
  /// that of standardized inputs, for which a first layer's pre-activations have the sum of both variances.
  public var firstLayers: FirstLayers?
  /// The weight variance at which large signals keep their size, and the first layers with it, where no point is critical:
  /// softplus acts on large signals as ReLU does. Nil where there is none.
  public var largeSignals: (weightVariance: Double, firstLayers: FirstLayers)?

  /// Computes the report for one activation.
  ///
  /// - Parameters:
  ///   - table: The moments of the activation.
  ///   - weightVariance: Nil for the critical one at this bias variance, if depth leads to it.
  ///   - biasVariance: Nil for 0, and where `weightVariance` is nil, too, for the recommendation's.
  ///   - start: The variance of the first layer's pre-activations: from it q* is looked for, and the first layers start. Nil
  ///     for 1 and for that of standardized inputs.
  ///
  /// Where no point is critical, the smallest gain that keeps the second moment is used; where there is none, 1.
  ///
  /// - Throws: `MeanFieldError` for variances outside their domains and moments that do not exist; not for divergence.
  public init(
    _ table: MomentTable, weightVariance: Double?, biasVariance: Double?, startingVariance start: Double? = nil
  ) throws(MeanFieldError) {
    func saturation(_ variance: Double?) throws(MeanFieldError) -> Saturation? {
      guard let variance else { return nil }
      return try Saturation(of: table.activation, variance: variance)
    }
    let line = CriticalLine(table)
    let recommendation = try line.recommendation()
    let gains = try UnitVarianceGain.all(table)
    let bias = biasVariance ?? (weightVariance == nil ? recommendation?.biasVariance : nil) ?? 0
    let critical =
      biasVariance == nil && weightVariance == nil && recommendation != nil
      ? recommendation : try line.point(biasVariance: bias)
    func kind(_ point: CriticalPoint?) throws(MeanFieldError) -> CriticalPoint.Stability? {
      guard let point else { return nil }
      return try line.stability(of: point)
    }
    let stability = try kind(critical)
    let gain = gains.first.map { $0.gain * $0.gain }
    let startingVariance = start ?? 1
    let weight = weightVariance ?? (stability == .unstable ? nil : critical?.weightVariance) ?? gain ?? 1
    theory = try MeanFieldTheory(table, weightVariance: weight, biasVariance: bias, startingVariance: startingVariance)
    self.startingVariance = startingVariance
    criticalPoint = critical
    criticalStability = stability
    criticalBiasVariances = try line.attractingBiasVariances()
    self.recommendation = recommendation
    recommendedStability = try kind(recommendation)
    if let recommendation {
      recommendedRest =
        try MeanFieldTheory(
          table, weightVariance: recommendation.weightVariance, biasVariance: recommendation.biasVariance,
          startingVariance: startingVariance
        ).qStar
    }
    unitVarianceGains = gains
    self.saturation = try saturation(theory.qStar)
    criticalSaturation = try saturation(critical?.variance)
    recommendedSaturation = try saturation(recommendation?.variance)
    firstLayers = FirstLayers(
      table, weightVariance: weight, biasVariance: bias, startingVariance: start ?? weight + bias)
    // Theory is tabulated up to there.
    if recommendation == nil, let last = try? table.moments.moments(variance: 1e18),
      (1e-3...1e3).contains(last.derivativeSecondMoment)
    {
      // There only the last digits tell the slope from its limit.
      let variance = (1e9 / last.derivativeSecondMoment).rounded() / 1e9
      largeSignals = FirstLayers(
        table, weightVariance: variance, biasVariance: bias, startingVariance: start ?? variance + bias
      )
      .map { (variance, $0) }
    }
  }
}
