/// A number of a JSON document: JSON has no NaN and no infinity, and the documents write them as strings.
///
/// It reads both, whatever `nonConformingFloatDecodingStrategy` its decoder has.
struct JSONNumber: Decodable {
  var value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = try Self.read({ try container.decode(Double.self) }, text: { try container.decode(String.self) })
  }

  /// The number, or that of its name; another text throws what the number threw.
  static func read(_ number: () throws -> Double, text: () throws -> String) throws -> Double {
    do {
      return try number()
    } catch {
      switch try? text() {
      case "NaN": return .nan
      case "Infinity": return .infinity
      case "-Infinity": return -.infinity
      default: throw error
      }
    }
  }
}

extension KeyedDecodingContainer {
  func number(_ key: Key) throws -> Double {
    try JSONNumber.read({ try decode(Double.self, forKey: key) }, text: { try decode(String.self, forKey: key) })
  }

  /// Nil for null and for a missing key.
  func numberIfPresent(_ key: Key) throws -> Double? {
    try contains(key) && !decodeNil(forKey: key) ? number(key) : nil
  }

  func numbers(_ key: Key) throws -> [Double] { try decode([JSONNumber].self, forKey: key).map(\.value) }

  func optionalNumbers(_ key: Key) throws -> [Double?] { try decode([JSONNumber?].self, forKey: key).map { $0?.value } }

  /// Empty for null and for a missing key.
  func numbersByName(_ key: Key) throws -> [String: Double] {
    try decodeIfPresent([String: JSONNumber].self, forKey: key)?.mapValues(\.value) ?? [:]
  }
}
