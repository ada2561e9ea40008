import Foundation
import SignalPropagation
import Testing

/// How the readings of replicas become one result, on readings that are written down here.
@Suite struct PoolingTests {
  private static func signal(
    _ log10SecondMoment: Double?, mean: Double = 0, variance: Double = 1, kurtosis: Double? = 0, min: Double = -1,
    max: Double = 1, nonFinite: Int = 0, edit: (inout SignalSummary) -> Void = { _ in }
  ) -> SignalSummary {
    var summary = SignalSummary(
      count: 100, mean: mean, variance: variance, secondMoment: log10SecondMoment.map { pow(10, $0) } ?? 0,
      log10SecondMoment: log10SecondMoment, interval: nil, skewness: 0, kurtosis: kurtosis, min: min, max: max,
      nonFinite: nonFinite, cosineSimilarity: 0.5, histogram: nil)
    edit(&summary)
    return summary
  }

  /// The size is a mean of logarithms with Student's interval, moments are means, `min` and `max` extremes, counts sums.
  @Test func signalsArePooledByKind() throws {
    let pooled = Pooling.signal([
      Self.signal(-2, mean: 1, variance: 2, kurtosis: 1, min: -3, max: 7),
      Self.signal(-4, mean: 2, variance: 4, kurtosis: 2, min: -5, max: 4, nonFinite: 2),
      Self.signal(-3, mean: 6, variance: 9, kurtosis: 6, min: -4, max: 5, nonFinite: 1),
    ])
    #expect(pooled.log10SecondMoment == -3)
    // One deviation is 1. Student's quantile with two degrees of freedom is 0.95 sqrt(2 / (4 0.975 0.025)) in closed form.
    let interval = try #require(pooled.interval), half = 4.302652729749461 / 3.0.squareRoot()
    #expect(abs(interval.low + 3 + half) < 1e-12 && abs(interval.high + 3 - half) < 1e-12)
    #expect(abs(pooled.secondMoment - 0.0111 / 3) < 1e-15)
    #expect(pooled.mean == 3 && pooled.variance == 5 && pooled.kurtosis == 3 && pooled.cosineSimilarity == 0.5)
    #expect(pooled.min == -5 && pooled.max == 7 && pooled.nonFinite == 3 && pooled.count == 300)
    // The deviation of 1, 2, 6 is sqrt 7.
    #expect(abs(try #require(pooled.scatter?.mean) - (7.0 / 3).squareRoot()) < 1e-12)
    #expect(pooled.scatter?.cosineSimilarity == 0)
  }

  /// What one replica has no value of has no mean.
  @Test func whatOneReplicaLacksIsNil() {
    let pooled = Pooling.signal([
      Self.signal(-2), Self.signal(nil, kurtosis: nil) { $0.cosineSimilarity = nil }, Self.signal(-1),
    ])
    #expect(pooled.log10SecondMoment == nil && pooled.interval == nil)
    #expect(pooled.kurtosis == nil && pooled.cosineSimilarity == nil && pooled.scatter?.cosineSimilarity == nil)
    #expect(pooled.skewness == 0)
  }

  /// The worst of the replicas counts: an overflow before an underflow, and what is beyond resolution in any.
  @Test func theWorstReplicaCounts() {
    let underflow = Self.signal(-60) { $0.float32 = .underflows }, overflow = Self.signal(60) { $0.float32 = .overflows }
    #expect(Pooling.signal([underflow, overflow, Self.signal(0)]).float32 == .overflows)
    #expect(Pooling.signal([Self.signal(0), underflow]).float32 == .underflows)
    #expect(Pooling.signal([Self.signal(0), Self.signal(0)]).float32 == .representable)
    let capped = Pooling.signal([Self.signal(0), Self.signal(0) { $0.scaleCapped = true }])
    #expect(capped.scaleCapped && !Pooling.signal([Self.signal(0)]).scaleCapped)
    let hidden = Pooling.signal([
      Self.signal(0, variance: 1) { $0.belowResolution = ["variance"] },
      Self.signal(0, variance: 100) { $0.belowResolution = ["spread"] },
    ])
    #expect(hidden.belowResolution == ["spread", "variance"])
    // A variance that rounding hides has no logarithm.
    #expect(hidden.scatter?.log10Variance == nil && hidden.scatter?.log10VarianceError == nil)
  }

  /// The variance is a mean of logarithms; beyond Double's range the second moment's, which is then the same.
  @Test func variancesArePooledByTheirLogarithms() throws {
    let pooled = Pooling.signal([Self.signal(0, variance: 100), Self.signal(400, variance: .infinity)])
    #expect(pooled.scatter?.log10Variance == 201)
    // Two values d apart have a standard error of d / 2.
    #expect(abs(try #require(pooled.scatter?.log10VarianceError) - 199) < 1e-9)
  }

  private static func weights(_ mean: Double, _ variance: Double, outliers: Int?, min: Double, max: Double) -> WeightSummary
  {
    var summary = WeightSummary(
      mean: mean, variance: variance, expectedVariance: 1, orthogonalityDefect: nil, outliers: outliers, histogram: nil)
    (summary.min, summary.max, summary.nonFinite) = (min, max, 1)
    return summary
  }

  @Test func weightsAddUpTheirOutliers() throws {
    let pooled = try #require(
      Pooling.weights([
        Self.weights(0.5, 1, outliers: 2, min: -1, max: 3), Self.weights(1.5, 100, outliers: 3, min: -2, max: 2),
      ]))
    #expect(pooled.outliers == 5 && pooled.min == -2 && pooled.max == 3 && pooled.nonFinite == 2)
    #expect(pooled.mean == 1 && pooled.variance == 50.5 && pooled.scatter?.log10Variance == 1)
    #expect(abs(try #require(pooled.scatter?.mean) - 0.5) < 1e-12)
    #expect(Pooling.weights([Self.weights(0, 1, outliers: nil, min: 0, max: 0)])?.outliers == nil)
    #expect(Pooling.weights([]) == nil)
  }

  @Test func biasesKeepTheirExtremes() {
    let pooled = Pooling.biases([
      BiasSummary(mean: 1, variance: 2, min: -1, max: 3, nonFinite: 1),
      BiasSummary(mean: 2, variance: 6, min: -2, max: 2, nonFinite: 0),
    ])
    #expect(pooled == BiasSummary(mean: 1.5, variance: 4, min: -2, max: 3, nonFinite: 1))
    #expect(Pooling.biases([]) == nil)
  }

  @Test func calibrationsReportTheWorstReplica() {
    func reading(_ attempts: Int, _ variance: Double, _ converged: Bool) -> [InitializerRun.Calibration] {
      [.init(layer: "dense_1", attempts: attempts, variance: variance, converged: converged)]
    }
    #expect(
      Pooling.calibration([reading(2, 1, true), reading(5, 4, false), reading(3, 1, true)])
        == [.init(layer: "dense_1", attempts: 5, variance: 2, converged: false)])
    #expect(Pooling.calibration([reading(2, 1, true), reading(1, 1, true)])[0].converged)
  }
}
