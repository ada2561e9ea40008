import Glibc
import SampleStatistics
import Testing

/// Quantiles and margins from which bounds are derived.
@Suite struct ChanceTests {
  /// scipy.stats.t.isf(p / 2, df).
  @Test(arguments: [(0.0005, 4, 10.306254681807758), (0.05, 4, 2.7764451051977943), (0.05, 2, 4.302652729749464)])
  func studentQuantiles(probability: Double, degrees: Int, expected: Double) {
    let quantile = Estimators.studentQuantile(twoSided: probability, degreesOfFreedom: degrees)
    // GSL inverts to about 1e-9.
    #expect((quantile / expected - 1).magnitude < 1e-8)
  }

  @Test func hoeffdingsMargin() {
    // sqrt(log(20) / 200).
    #expect((Estimators.hoeffdingMargin(oneSided: 0.05, count: 100) - 0.12238734153404082).magnitude < 1e-15)
    // A binomial share of 1/2 in 100 exceeds 0.622 with probability 0.0105 < 0.05: the margin bounds, and does not promise.
    #expect(Estimators.hoeffdingMargin(oneSided: 1e-3, count: 1) > 1)
  }
}
