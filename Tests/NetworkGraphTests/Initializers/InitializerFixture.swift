import Foundation
import NetworkGraph
import TestSupport

/// What the scripts under Fixtures/reference/initializers computed.
enum InitializerFixture {
  /// The laws that PyTorch's and Keras's own code draws from.
  struct FrameworkLaws: Decodable {
    struct Law: Decodable {
      var kind: String
      var mean: Double?
      var std: Double?
      var low: Double?
      var high: Double?
    }
    struct Case: Decodable {
      var initializer: String
      var bias: Bool
      var shape: WeightShape
      var law: Law
    }
    struct GainCase: Decodable {
      var nonlinearity: String
      var slope: Double?
      var gain: Double
    }
    var laws: [Case]
    var gains: [GainCase]
  }

  /// Moments of truncated normals by mpmath.
  struct TruncatedNormals: Decodable {
    struct Case: Decodable {
      var low: Double
      var high: Double
      var mean: Double
      var variance: Double
    }
    var moments: [Case]
  }

  static func load<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
    let data = try Data(contentsOf: Repository.reference("initializers/\(name).json"))
    return try JSONDecoder().decode(type, from: data)
  }
}

/// Shapes whose fan-in and fan-out differ, in the order outputs, inputs, taps.
let shapesOfUnequalFans = [
  WeightShape(outputs: 20, inputs: 25), WeightShape(outputs: 3, inputs: 4), WeightShape(outputs: 4, inputs: 3),
  WeightShape(outputs: 20, inputs: 2, taps: [3, 4]), WeightShape(outputs: 2, inputs: 3, taps: [4, 5]),
  WeightShape(outputs: 8, inputs: 4, taps: [3, 3], groups: 2),
]

func nearlyEqual(_ first: Double?, _ second: Double?, relative: Double) -> Bool {
  guard let first, let second else { return first == nil && second == nil }
  return abs(first - second) <= relative * max(abs(first), abs(second))
}
