/// A value of a JSON document.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  /// A number as it is written, so that whole numbers keep all digits.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// Keys in the order of the document; each occurs once.
  case object([Member])

  /// A key of an object with its value.
  package struct Member: Sendable, Equatable {
    package var key: String
    package var value: JSONValue
  }
}

extension JSONValue {
  /// The value under `key`; nil where this is no object or has no such key.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The text; nil where this is none.
  package var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The truth value; nil where this is none.
  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

  /// The number; nil where this is none.
  package var number: Double? { if case .number(let text) = self { Self.double(text) } else { nil } }

  /// The whole number; nil where this is none, or one beyond 64 bits. `3.0` is whole.
  package var integer: Int? {
    guard case .number(let text) = self else { return nil }
    return Int(text) ?? Double(text).flatMap(Int.init(exactly:))
  }

  /// The elements; nil where this is no list.
  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The members; nil where this is no object.
  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }

  /// Python writes what JSON has no numbers for as NaN and Infinity.
  private static func double(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: Double(text)
    }
  }
}
