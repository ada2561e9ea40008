import Foundation

/// Reads a JSON file of Fixtures/reference/meanfield, found from this source file.
func meanFieldFixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
  let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
  let data = try Data(contentsOf: root.appending(path: "Fixtures/reference/meanfield/\(name)"))
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
