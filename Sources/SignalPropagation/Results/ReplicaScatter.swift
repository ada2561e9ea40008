import Glibc
import SampleStatistics

/// Standard errors of one tensor's means over replicas: the deviation over replicas divided by the root of their number.
///
/// The variance is a mean of logarithms, as the second moment is: both are heavy-tailed in depth. What some replica has no
/// finite value of is nil.
public struct ReplicaScatter: Sendable, Equatable, Encodable {
  /// The standard error of `mean`.
  public var mean: Double?
  /// The mean over replicas of log10 of the variance.
  public var log10Variance: Double?
  /// The standard error of `log10Variance`.
  public var log10VarianceError: Double?
  /// The standard error of `cosineSimilarity`.
  public var cosineSimilarity: Double?
  /// The standard error of `deadFraction`.
  public var deadFraction: Double?
  /// The standard error of `saturatedFraction`.
  public var saturatedFraction: Double?

  package init(
    mean: Double? = nil, log10Variance: Double? = nil, log10VarianceError: Double? = nil, cosineSimilarity: Double? = nil,
    deadFraction: Double? = nil, saturatedFraction: Double? = nil
  ) {
    self.mean = mean
    self.log10Variance = log10Variance
    self.log10VarianceError = log10VarianceError
    self.cosineSimilarity = cosineSimilarity
    self.deadFraction = deadFraction
    self.saturatedFraction = saturatedFraction
  }

  /// Computes the standard errors; nil for one replica.
  init?(of readings: [SignalSummary]) {
    guard readings.count >= 2 else { return nil }
    self.init(
      mean: Estimators.standardError(readings.map(\.mean)), cosineSimilarity: Self.error(readings.map(\.cosineSimilarity)),
      deadFraction: Self.error(readings.map(\.deadFraction)),
      saturatedFraction: Self.error(readings.map(\.saturatedFraction)))
    setVariance(readings.map { $0.belowResolution.contains("variance") ? nil : Self.logarithm($0) })
  }

  init?(of readings: [WeightSummary]) {
    guard readings.count >= 2 else { return nil }
    self.init(mean: Estimators.standardError(readings.map(\.mean)))
    setVariance(readings.map { $0.variance > 0 && $0.variance.isFinite ? log10($0.variance) : nil })
  }

  private mutating func setVariance(_ logarithms: [Double?]) {
    log10Variance = Pooling.mean(logarithms)
    log10VarianceError = Self.error(logarithms)
  }

  /// log10 of the variance. Where the variance is outside Double's range, the second moment's is used, which is then the
  /// same.
  private static func logarithm(_ summary: SignalSummary) -> Double? {
    if summary.variance > 0, summary.variance.isFinite { return log10(summary.variance) }
    return summary.nonFinite == 0 && (summary.variance.isInfinite || summary.secondMoment == 0)
      ? summary.log10SecondMoment : nil
  }

  private static func error(_ values: [Double?]) -> Double? {
    let present = values.compactMap(\.self)
    return present.count == values.count ? Estimators.standardError(present) : nil
  }
}
