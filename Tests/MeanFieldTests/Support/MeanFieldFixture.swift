import Foundation
import TestSupport

/// Reads a JSON file of Fixtures/reference/meanfield, found from this source file.
func meanFieldFixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
  let data = try Data(contentsOf: Repository.reference("meanfield/\(name)"))
  return try JSONDecoder().decode(type, from: data)
}

/// What moments.py computed: one row a variance, columns as named.
struct MomentFixture: Decodable {
  var columns: [String]
  var activations: [String: [[Double]]]
}

/// What cross_moments.py computed.
struct CrossMomentFixture: Decodable {
  struct Grid: Decodable {
    var activation: String
    var q1: Double
    var q2: Double
    var c: Double
    var values: [Double]
  }
  struct Closed: Decodable {
    var activation: String
    var q: Double
    var separation: Double
    var values: [Double]
  }
  var grid: [Grid]
  var closed: [Closed]
}

/// What theory.py computed.
struct TheoryFixture: Decodable {
  struct Point: Decodable {
    var activation: String
    var weightVariance: Double
    var biasVariance: Double
    var qStar: Double
    var chi1: Double
    var varianceMapSlope: Double
    var cStar: Double
    var correlationMapSlope: Double
  }
  var points: [Point]
}

/// What finite_width.py simulated: per layer four rows, z^2, a^2, (dL/da)^2, (dL/dz)^2.
struct FiniteWidthFixture: Decodable {
  struct Case: Decodable {
    var name: String
    var activation: String
    var widths: [Int]
    var weightVariance: Double
    var biasVariance: Double
    var batch: Int
    var law: String
    var replicas: Int
    var mean: [[Double]]
    var variance: [[Double]]
    var kurtosis: [[Double]]
  }
  var cases: [Case]
}

/// What correlations.py simulated: per layer the mean cosine of z and of a; growth forward and backward.
struct CorrelationFixture: Decodable {
  struct Case: Decodable {
    var name: String
    var activation: String
    var width: Int
    var depth: Int
    var weightVariance: Double
    var biasVariance: Double
    var batch: Int
    var replicas: Int
    var mean: [[Double]]
    var variance: [[Double]]
    var kurtosis: [[Double]]
    var growthMean: [Double]
    var growthVariance: [Double]
    var growthKurtosis: [Double]
  }
  var cases: [Case]
}

/// What critical_line.py computed.
struct CriticalLineFixture: Decodable {
  struct Row: Decodable {
    struct Point: Decodable {
      var weightVariance: Double
      var variance: Double
      var slope: Double
    }
    var activation: String
    var biasVariance: Double
    var points: [Point]
  }
  struct Touch: Decodable {
    struct Limit: Decodable {
      var start: Double
      var limit: Double?
      var chi1: Double?
    }
    var activation: String
    var weightVariance: Double
    var biasVariance: Double
    var variance: Double
    var attractsFromBelow: Bool
    var attractsFromAbove: Bool
    var limits: [Limit]
  }
  struct Share: Decodable {
    var activation: String
    var variance: Double
    var below: Double
    var above: Double
  }
  var criticalPoints: [Row]
  var halfStable: [Touch]
  var saturation: [Share]
}
