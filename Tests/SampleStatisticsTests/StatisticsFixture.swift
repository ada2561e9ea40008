import Foundation
import TestSupport

/// Fixtures/reference/statistics.json: mpmath's, scipy's and numpy's answers.
struct StatisticsFixture: Decodable {
  struct Mean: Decodable {
    var values: [Double]
    var confidence: Double
    var mean: Double
    var halfWidth: Double
  }
  struct Student: Decodable {
    var confidence: Double
    var count: Int
    var quantile: Double
  }
  struct Normal: Decodable {
    var probability: Double
    var quantile: Double
  }
  struct Line: Decodable {
    var x: [Double]
    var y: [Double]
    var slope: Double
  }
  struct Quantiles: Decodable {
    struct Expected: Decodable {
      var fraction: Double
      var value: Double
    }
    var values: [Double]
    var expected: [Expected]
  }
  var means: [Mean]
  var student: [Student]
  var normal: [Normal]
  var lines: [Line]
  var quantiles: Quantiles

  static func load() throws -> StatisticsFixture {
    try Repository.reference("statistics.json", as: StatisticsFixture.self)
  }
}

/// `|a - b| / |b|`, or `|a - b|` where b is zero.
func relativeError(_ value: Double, _ reference: Double) -> Double {
  abs(value - reference) / (reference == 0 ? 1 : abs(reference))
}
