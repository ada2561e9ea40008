import MeanField
import NetworkGraph

/// What mean-field theory says of one activation at one point, with the critical point and the gains to compare it with.
public struct TheoryReport: Sendable {
  public var theory: MeanFieldTheory
  /// The first layer's pre-activation variance, from which `theory` was followed.
  public var startingVariance: Double
  /// The point of the edge of chaos at the same bias variance; nil where there is none that depth leads to.
  public var criticalPoint: CriticalPoint?
  /// What to initialize the activation with, whatever the point asked about; nil where no point is critical.
  public var recommendation: CriticalPoint?
  /// The gains that keep a second moment of 1, ascending; empty where none does.
  public var unitVarianceGains: [UnitVarianceGain]

  public init(
    theory: MeanFieldTheory, startingVariance: Double, criticalPoint: CriticalPoint?, recommendation: CriticalPoint?,
    unitVarianceGains: [UnitVarianceGain]
  ) {
    self.theory = theory
    self.startingVariance = startingVariance
    self.criticalPoint = criticalPoint
    self.recommendation = recommendation
    self.unitVarianceGains = unitVarianceGains
  }

  /// - Parameters:
  ///   - weightVariance: Nil for the critical one at this bias variance.
  ///   - biasVariance: Nil for 0, and where `weightVariance` is nil, too, for the recommendation's.
  ///   - startingVariance: Of the first layer's pre-activations.
  ///
  /// Where no point is critical, the smallest gain that keeps the second moment stands in, and where there is none, 1.
  ///
  /// - Throws: ``MeanFieldError`` for variances outside their domains and moments that do not exist; not for divergence.
  public init(
    _ table: MomentTable, weightVariance: Double?, biasVariance: Double?, startingVariance: Double = 1
  ) throws(MeanFieldError) {
    let line = CriticalLine(table)
    let recommendation = try line.recommendation()
    let gains = try UnitVarianceGain.all(table)
    let bias = biasVariance ?? (weightVariance == nil ? recommendation?.biasVariance : nil) ?? 0
    let critical = biasVariance == nil && weightVariance == nil ? recommendation : try line.point(biasVariance: bias)
    let weight = weightVariance ?? critical?.weightVariance ?? gains.first.map { $0.gain * $0.gain } ?? 1
    self.init(
      theory: try MeanFieldTheory(table, weightVariance: weight, biasVariance: bias, startingVariance: startingVariance),
      startingVariance: startingVariance, criticalPoint: critical, recommendation: recommendation, unitVarianceGains: gains)
  }
}
