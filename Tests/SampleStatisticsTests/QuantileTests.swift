import Foundation
import SampleStatistics
import Testing

/// Quantiles and probabilities against values of scipy, and closed forms.
@Suite struct QuantileTests {
  /// scipy.stats.t.isf(p / 2, df).
  @Test(arguments: [
    (0.05, 4.0, 2.7764451051977943), (1e-3, 4.0, 8.610301581379275), (0.05, 1.0, 12.706204736174705),
    (1e-6, 9.0, 11.636782027328891), (0.05, 2.5, 3.5746548420036834),
  ])
  func student(probability: Double, degrees: Double, expected: Double) {
    let quantile = Estimators.studentQuantile(twoSided: probability, degreesOfFreedom: degrees)
    #expect(abs(quantile / expected - 1) < 1e-9)
  }

  @Test func withoutDegreesOfFreedomItIsTheNormals() {
    #expect(abs(Estimators.studentQuantile(twoSided: 0.05, degreesOfFreedom: nil) - 1.959963984540054) < 1e-12)
    #expect(abs(Estimators.normalProbability(beyond: -1.959963984540054) - 0.05) < 1e-12)
  }

  /// (1, 2, 3): deviation 1, over sqrt(3).
  @Test func standardErrors() throws {
    #expect(abs(try #require(Estimators.standardError([1, 2, 3])) - 1 / 3.0.squareRoot()) < 1e-12)
    #expect(Estimators.standardError([5, 5, 5]) == 0)
    #expect(Estimators.standardError([1]) == nil && Estimators.standardError([1, .infinity]) == nil)
  }

  /// Chi-square with two degrees of freedom is exponential: P(X > x) = exp(-x / 2).
  @Test func chiSquare() {
    let ratio = 3.0
    #expect(abs(Estimators.chiSquareProbability(ratio: ratio, degreesOfFreedom: 2) - 2 * exp(-ratio)) < 1e-12)
  }

  /// No success in n: the upper end is 1 - (alpha / 2)^(1 / n); all of them: its mirror image.
  @Test func clopperPearson() {
    let none = Estimators.clopperPearson(successes: 0, trials: 100),
      all = Estimators.clopperPearson(successes: 100, trials: 100)
    #expect(none.low == 0 && abs(none.high - (1 - pow(0.025, 0.01))) < 1e-10)
    #expect(all.high == 1 && abs(all.low - pow(0.025, 0.01)) < 1e-10)
    // Clopper and Pearson's own kind of case: 5 of 10 lie within 0.187 and 0.813.
    let half = Estimators.clopperPearson(successes: 5, trials: 10)
    #expect(abs(half.low - 0.18708603) < 1e-7 && abs(half.high - 0.81291397) < 1e-7)
  }
}
