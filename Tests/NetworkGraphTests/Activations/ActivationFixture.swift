import Foundation

/// What Fixtures/reference/activations.py computed with mpmath.
struct ActivationFixture: Decodable {
  struct Rows: Decodable {
    var value: [Double]
    var derivative: [Double]
  }
  var x: [Double]
  var activations: [String: Rows]

  static let loaded = Result { () throws -> ActivationFixture in
    let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let data = try Data(contentsOf: root.appending(path: "Fixtures/reference/activations.json"))
    return try JSONDecoder().decode(ActivationFixture.self, from: data)
  }
}
