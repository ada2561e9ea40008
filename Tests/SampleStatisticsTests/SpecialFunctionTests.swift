import Foundation
import SampleStatistics
import TestSupport
import Testing

/// Fixtures/reference/special_functions.json: numerical integrals of densities at 30 digits, mpmath's and scipy's answers.
struct SpecialFunctionFixture: Decodable {
  var chiSquare: [[Double]]
  var chiSquareProbability: [[Double]]
  var student: [[Double]]
  var studentProbability: [[Double]]
  var clopperPearson: [[Double]]
  var gammaLogarithm: [[Double]]
  var normalProbability: [[Double]]
  var kolmogorov: [[Double]]
  var correlation: [[Double]]
  var legendre: [String: [[Double]]]

  static let shared = Result { try Repository.reference("special_functions.json", as: SpecialFunctionFixture.self) }
}

/// Every special function over the whole range in which the program calls it.
@Suite struct SpecialFunctionTests {
  let reference = Result { try SpecialFunctionFixture.shared.get() }

  /// The largest relative error over the rows, with the row it is in.
  private func worst(_ rows: [[Double]], _ value: ([Double]) -> (own: Double, expected: Double)) -> (
    error: Double, row: [Double]
  ) {
    rows.map { row in
      let (own, expected) = value(row)
      return (own.isNaN ? .infinity : relativeError(own, expected), row)
    }.max { $0.0 < $1.0 } ?? (.infinity, [])
  }

  @Test func chiSquareQuantilesOnBothSides() throws {
    let rows = try reference.get().chiSquare
    #expect(rows.count > 350)
    func end(_ row: [Double]) -> Double {
      let interval = Estimators.varianceRatioInterval(degreesOfFreedom: row[0], twoSided: row[1])
      return row[2] < 0 ? interval.lowerBound : interval.upperBound
    }
    // Far below the mean of a small shape the ratio is e^-1000 and less: its logarithm's last digit is 1e-13 of it.
    let low = worst(rows.filter { $0[2] < 0 }) { (end($0), $0[3]) },
      high = worst(rows.filter { $0[2] > 0 }) { (end($0), $0[3]) }
    #expect(low.error < 1e-12, "\(low)")
    #expect(high.error < 1e-12, "\(high)")
    // What counts where the ends draw near 1 is their distance from it.
    let margin = worst(rows.filter { $0[0] >= 1e3 && $0[1] < 0.9 }) { (end($0) - 1, $0[3] - 1) }
    #expect(margin.error < 1e-9, "\(margin)")
  }

  @Test func chiSquareProbabilities() throws {
    let found = worst(try reference.get().chiSquareProbability) {
      (Estimators.chiSquareProbability(ratio: $0[0], degreesOfFreedom: Int($0[1])), $0[2])
    }
    // The ratio's own rounding, 1e-16, is 1e-16 z sqrt(n / 2) of the probability: 2e-11 at z = 30 and n = 1e8.
    #expect(found.error < 1e-10, "\(found)")
  }

  @Test func studentQuantiles() throws {
    let rows = try reference.get().student
    #expect(rows.count > 140)
    let found = worst(rows) { (Estimators.studentQuantile(twoSided: $0[1], degreesOfFreedom: $0[0]), $0[2]) }
    // With half a degree of freedom t reaches e^1400: its logarithm's last digit is 1e-13 of it.
    #expect(found.error < 1e-12, "\(found)")
  }

  @Test func studentProbabilities() throws {
    let found = worst(try reference.get().studentProbability) {
      (Estimators.studentProbability(beyond: $0[0], degreesOfFreedom: $0[1]), $0[2])
    }
    // Some hundred terms of the fraction, and exponents of up to 700.
    #expect(found.error < 1e-12, "\(found)")
    let correlation = worst(try reference.get().correlation) {
      (Estimators.correlationProbability($0[0], pairs: Int($0[1])), $0[2])
    }
    #expect(correlation.error < 1e-11, "\(correlation)")
  }

  @Test func binomialIntervals() throws {
    func interval(_ row: [Double]) -> (low: Double, high: Double) {
      Estimators.clopperPearson(successes: Int(row[0]), trials: Int(row[1]), confidence: row[2])
    }
    let low = worst(try reference.get().clopperPearson) { (interval($0).low, $0[3]) }
    let high = worst(try reference.get().clopperPearson) { (interval($0).high, $0[4]) }
    #expect(low.error < 1e-12 && high.error < 1e-12, "\(low), \(high)")
  }

  @Test func logarithmsOfGammaVariables() throws {
    let rows = try reference.get().gammaLogarithm
    let mean = worst(rows) { (GammaLogarithm.mean(relativeVariance: $0[0]), $0[1]) }
    // The series ends at v^4 / 120, which is 1.7e-11 of the mean at v = 1e-3; beyond, psi and log cancel to 1e-12.
    #expect(mean.error < 2e-11, "\(mean)")
    let variance = worst(rows) { (GammaLogarithm.variance(relativeVariance: $0[0]), $0[2]) }
    #expect(variance.error < 1e-12, "\(variance)")
  }

  @Test func normalProbabilities() throws {
    let found = worst(try reference.get().normalProbability) { (Estimators.normalProbability(beyond: $0[0]), $0[1]) }
    #expect(found.error < 1e-13, "\(found)")
  }

  @Test func kolmogorovsLawOfAFiniteSample() throws {
    let found = worst(try reference.get().kolmogorov) {
      (KolmogorovTest.probability(distance: $0[0], count: Int($0[1])), $0[2])
    }
    // As its docstring promises.
    #expect(found.error < 0.02, "\(found)")
  }

  @Test func gaussLegendreRules() throws {
    for (order, rows) in try reference.get().legendre {
      let rule = GaussLegendreRule(order: try #require(Int(order)))
      let own = zip(rule.nodes, rule.weights).sorted { $0.0 < $1.0 }
      for (point, expected) in zip(own, rows) {
        #expect(abs(point.0 - expected[0]) < 2e-16 && abs(point.1 - expected[1]) < 2e-16, "order \(order)")
      }
    }
  }

  /// The case that a user met: GSL gave 0.9775 for both ends.
  @Test func tenThousandWeights() {
    // scipy.stats.chi2.ppf(p / 2, 19999) / 19999, and isf likewise.
    for (probability, low, high) in [
      (0.025, 0.977719670465254, 1.0225485996843626), (0.001, 0.9674211569527954, 1.0332340367236796),
    ] {
      let chance = Estimators.varianceRatioInterval(degreesOfFreedom: 19_999, twoSided: probability)
      #expect(abs(chance.lowerBound - low) < 1e-12 && abs(chance.upperBound - high) < 1e-12, "\(chance)")
    }
  }

  /// A fine walk over degrees of freedom: ends are in order, hold 1 between them, and draw together.
  @Test func intervalsAreInOrder() {
    for probability in [0.5, 1e-4, 1e-12, 1e-300] {
      var before = 0...Double.infinity
      for step in 0...2600 {
        // From 1 to 1e13.
        let nu = exp(Double(step) * 0.0115)
        let interval = Estimators.varianceRatioInterval(degreesOfFreedom: nu, twoSided: probability)
        #expect(interval.lowerBound < 1 && interval.upperBound > interval.lowerBound, "\(nu), \(probability)")
        #expect(
          interval.lowerBound >= before.lowerBound && interval.upperBound <= before.upperBound || nu < 3,
          "\(nu), \(probability)")
        before = interval
      }
    }
    #expect(Estimators.varianceRatioInterval(degreesOfFreedom: .infinity, twoSided: 0.05) == 1...1)
    #expect(Estimators.varianceRatioInterval(degreesOfFreedom: .nan, twoSided: 0.05) == 0...Double.infinity)
    #expect(Estimators.varianceRatioInterval(degreesOfFreedom: 1e-3, twoSided: 0.05).lowerBound == 0)
  }

  @Test func anIntervalOrdersItsEnds() {
    #expect(ClosedRange(ordering: 2, 1) == 1...2)
    #expect(ClosedRange(ordering: 1, 2) == 1...2)
    #expect(ClosedRange(ordering: .nan, 2) == -Double.infinity ... .infinity)
    #expect(ClosedRange(ordering: 1, .nan).contains(1e300))
  }
}
