import Foundation
import TestSupport

/// What Fixtures/reference/activations.py computed with mpmath.
struct ActivationFixture: Decodable {
  struct Rows: Decodable {
    var value: [Double]
    var derivative: [Double]
  }
  var x: [Double]
  var activations: [String: Rows]

  static let loaded = Result { () throws -> ActivationFixture in
    let data = try Data(contentsOf: Repository.reference("activations.json"))
    return try JSONDecoder().decode(ActivationFixture.self, from: data)
  }
}
