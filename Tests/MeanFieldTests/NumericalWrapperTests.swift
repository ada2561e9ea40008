import Glibc
import SampleStatistics
import Testing

/// GSL's quadrature, root finding and digamma functions as theory uses them.
@Suite struct NumericalWrapperTests {
  @Test(arguments: [1, 2, 7, 14, 16, 20])
  func gaussLegendreIsExactForPolynomials(order: Int) {
    let rule = GaussLegendreRule(order: order)
    for power in 0..<(2 * order) {
      let sum = zip(rule.nodes, rule.weights).reduce(0.0) { $0 + pow($1.0, Double(power)) * $1.1 }
      // Twenty roundings of terms of order one.
      #expect((sum - (power % 2 == 0 ? 2 / Double(power + 1) : 0)).magnitude < 1e-14)
    }
  }

  @Test func adaptiveIntegrationFindsASpike() throws {
    let estimate = try #require(AdaptiveQuadrature.integral(over: [-3, 1, 5]) { 1e-3 / ($0 * $0 + 1e-6) })
    let exact = atan(5e3) + atan(3e3)
    #expect((estimate.value - exact).magnitude < 1e-11 && estimate.error < 1e-10)
    #expect(AdaptiveQuadrature.integral(over: [0, 1]) { _ in .nan } == nil)
  }

  @Test func brentFindsRootsAndRefusesWithoutSignChange() throws {
    let root = try #require(RootFinding.brent(in: 0...2) { $0 * $0 - 2 })
    #expect((root - 2.0.squareRoot()).magnitude < 4e-15)
    #expect(RootFinding.brent(in: 2...3) { $0 * $0 - 2 } == nil)
    #expect(RootFinding.brent(in: 0...1) { $0 } == 0)
  }

  /// A gamma variable of shape 1 is exponential: E log = -gamma, Var log = pi^2/6. The series take over at v = 1e-3.
  @Test func logarithmOfGammaVariables() {
    #expect((GammaLogarithm.mean(relativeVariance: 1) + 0.577215664901532861).magnitude < 1e-14)
    #expect((GammaLogarithm.variance(relativeVariance: 1) - Double.pi * Double.pi / 6).magnitude < 1e-14)
    #expect(GammaLogarithm.mean(relativeVariance: 0) == 0 && GammaLogarithm.variance(relativeVariance: 0) == 0)
    let (below, above) = (0.001.nextDown, 0.001)
    // psi and log cancel to 1e-3 of 7, which costs four digits.
    #expect((GammaLogarithm.mean(relativeVariance: below) - GammaLogarithm.mean(relativeVariance: above)).magnitude < 1e-14)
    let jump = GammaLogarithm.variance(relativeVariance: below) - GammaLogarithm.variance(relativeVariance: above)
    #expect(jump.magnitude < 1e-15)
  }
}
