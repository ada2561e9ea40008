import DataSets

/// Reads a JSON document (RFC 8259) from bytes that nobody trusts.
///
/// Beyond the standard it takes the numbers NaN, Infinity and -Infinity, which Python writes. It refuses a key that occurs
/// twice in one object, which readers take differently, and more than ``deepestNesting`` brackets within each other. Work
/// and memory are bounded by the length of the text: a value needs at least one byte.
package struct JSONParser {
  /// The most brackets within each other.
  package static let deepestNesting = 200

  package typealias Problem = JSONString.Problem

  private let bytes: [UInt8]
  private var place = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a document, which must fill the bytes but for white space.
  package static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
    var parser = JSONParser(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.place = 3 }
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.place == bytes.count else { throw parser.problem("something follows the end of the document") }
    return value
  }

  private func problem(_ message: String) -> Problem { Problem(offset: place, message: message) }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
  }

  private mutating func value(depth: Int) throws(Problem) -> JSONValue {
    guard let first = next else { throw problem("the document breaks off") }
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N"): return try word("NaN", .number("NaN"))
    case UInt8(ascii: "I"): return try word("Infinity", .number("Infinity"))
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(Problem) -> JSONValue {
    let word = Array(text.utf8)
    guard bytes[place...].starts(with: word) else { throw problem("a value is expected here") }
    place += word.count
    return value
  }

  private mutating func object(depth: Int) throws(Problem) -> JSONValue {
    guard depth <= Self.deepestNesting else { throw tooDeep }
    place += 1
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      place += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw problem("a key in quotes is expected here") }
      let start = place
      let key = try string()
      guard keys.insert(key).inserted else {
        throw Problem(offset: start, message: "the key '\(key.prefix(64))' occurs twice in one object")
      }
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw problem("a colon is expected here") }
      place += 1
      skipSpace()
      members.append(.init(key: key, value: try value(depth: depth)))
      skipSpace()
      switch next {
      case UInt8(ascii: ","): place += 1
      case UInt8(ascii: "}"):
        place += 1
        return .object(members)
      default: throw problem(next == nil ? "the document breaks off" : "a comma or } is expected here")
      }
    }
  }

  private mutating func array(depth: Int) throws(Problem) -> JSONValue {
    guard depth <= Self.deepestNesting else { throw tooDeep }
    place += 1
    var values: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      place += 1
      return .array([])
    }
    while true {
      skipSpace()
      values.append(try value(depth: depth))
      skipSpace()
      switch next {
      case UInt8(ascii: ","): place += 1
      case UInt8(ascii: "]"):
        place += 1
        return .array(values)
      default: throw problem(next == nil ? "the document breaks off" : "a comma or ] is expected here")
      }
    }
  }

  private var tooDeep: Problem { problem("brackets nest deeper than \(Self.deepestNesting)") }

  // MARK: Numbers

  private mutating func number() throws(Problem) -> JSONValue {
    let start = place
    if next == UInt8(ascii: "-") { place += 1 }
    if next == UInt8(ascii: "I") {
      _ = try word("Infinity", .null)
      return .number("-Infinity")
    }
    try digits()
    if next == UInt8(ascii: ".") {
      place += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      try digits()
    }
    guard place - start <= 64 else { throw Problem(offset: start, message: "a number of more than 64 characters") }
    return .number(String(decoding: bytes[start..<place], as: UTF8.self))
  }

  private mutating func digits() throws(Problem) {
    let start = place
    while let byte = next, byte >= 0x30 && byte <= 0x39 { place += 1 }
    guard place > start else { throw problem(next == nil ? "the document breaks off" : "a value is expected here") }
  }

  private mutating func string() throws(Problem) -> String { try JSONString.read(bytes, at: &place) }
}
