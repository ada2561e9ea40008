import Foundation
import SampleStatistics
import Testing

@Suite struct KolmogorovTests {
  /// Values of the limiting law: scipy.special.kolmogorov.
  @Test(arguments: [
    (0.5, 0.9639452436648751), (1.0, 0.26999967167735456), (1.17, 0.12939004218561884), (1.19, 0.11774229287977166),
    (1.36, 0.049485876755377876),
    (2.0, 0.0006709252557796953), (3.0, 3.045995948942526e-08),
  ])
  func limit(x: Double, expected: Double) { #expect(abs(KolmogorovTest.tail(x) / expected - 1) < 1e-10) }

  @Test func theTwoSeriesMeet() {
    #expect(abs(KolmogorovTest.tail(1.18.nextDown) - KolmogorovTest.tail(1.18)) < 1e-12)
    #expect(KolmogorovTest.tail(0) == 1 && KolmogorovTest.tail(0.05) == 1)
  }

  /// Three values on a uniform law, by hand: jumps to 1/3, 2/3, 1 at 0.2, 0.3, 0.9.
  @Test func distance() {
    #expect(abs(KolmogorovTest.distance(of: [0.9, 0.2, 0.3]) { $0 } - (2.0 / 3 - 0.3)) < 1e-12)
    #expect(abs(KolmogorovTest.distance(of: [0.5]) { $0 } - 0.5) < 1e-12)
    // Below the law: 0 just before 0.5 (scipy 1.17.1, kstest).
    #expect(abs(KolmogorovTest.distance(of: [0.5, 0.95, 0.6]) { $0 } - 0.5) < 1e-12)
  }

  /// Under the law, probabilities are uniform: 2,000 samples of 50 exceed 5% in 100 cases, give or take 9.75; 1e-6 is 4.89
  /// deviations, 48 cases.
  @Test func probabilitiesAreUniformUnderTheLaw() {
    var state: UInt64 = 7
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    let rejected = (0..<2000).count { _ in
      let values = (0..<50).map { _ in uniform() }
      return KolmogorovTest.probability(distance: KolmogorovTest.distance(of: values) { $0 }, count: 50) < 0.05
    }
    #expect(abs(rejected - 100) < 48, "\(rejected) of 2000")
  }
}
