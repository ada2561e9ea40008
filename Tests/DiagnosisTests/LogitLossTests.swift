import Diagnosis
import Foundation
import TestSupport
import Testing

@Suite struct LogitLossTests {
  private struct Expected: Decodable {
    var classes: Int
    var deviation: Double
    var mean: Double
    var standardError: Double
  }

  /// Means over draws of numpy (Fixtures/reference/losses.py), from 1 output to 50257 classes.
  @Test func randomLogitsCostWhatASimulationSays() throws {
    struct File: Decodable { var expected: [Expected] }
    let all = try Repository.reference("losses.json", as: File.self).expected
    #expect(all.count == 12)
    // Twelve two-sided comparisons at a false-alarm rate of 1e-6 together: 5.4 standard errors of a normal mean.
    for row in all {
      let value = LogitLoss.expected(classes: row.classes, deviation: row.deviation)
      #expect(abs(value - row.mean) < 5.4 * row.standardError, "\(row): \(value)")
    }
  }

  /// log C + (1 - 1/C) v/2 for small v, log 2 + v/8 for one output; never above log C + v/2 nor sqrt(2 v log C) beyond 2 log
  /// C.
  @Test(arguments: [2, 10, 1000, 8192, 50257]) func theLimitsAreThoseOfTheRule(classes: Int) {
    let count = Double(classes), small = 0.01
    let near = LogitLoss.expected(classes: classes, deviation: small)
    // The next term is of order v^2.
    #expect(abs(near - log(count) - (1 - 1 / count) * small * small / 2) < 1e-7)
    for deviation in [1.0, 4, 8, 20] {
      let v = deviation * deviation, value = LogitLoss.expected(classes: classes, deviation: deviation)
      #expect(value > log(count) && value < log(count) + v / 2)
      if v > 2 * log(count) { #expect(value < (2 * v * log(count)).squareRoot()) }
    }
  }

  @Test func oneOutputStartsFromLogTwo() {
    #expect(abs(LogitLoss.expected(classes: 1, deviation: 0.01) - log(2) - 1e-4 / 8) < 1e-8)
    // Beyond, half of the mean magnitude: sqrt(2 / pi) / 2 times the deviation.
    #expect(abs(LogitLoss.expected(classes: 1, deviation: 1000) / 1000 - 0.5 * (2 / Double.pi).squareRoot()) < 1e-3)
  }
}
