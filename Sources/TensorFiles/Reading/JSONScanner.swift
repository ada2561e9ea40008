import DataSets

/// Reads JSON (RFC 8259) from bytes, value by value, without a tree in memory: a header may have a million tensors.
///
/// Strict: no comments, no trailing commas, no text behind the document. Every problem names its byte.
struct JSONScanner {
  typealias Problem = JSONString.Problem

  /// How deep objects and arrays may nest.
  static let deepestNesting = 64

  private let text: [UInt8]
  private(set) var offset = 0
  /// Whether Infinity and NaN are read, as null: Python writes them, and JSON has none.
  var allowsInfinity = false

  init(_ text: [UInt8]) { self.text = text }

  mutating func peek() -> UInt8? {
    while offset < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[offset]) { offset += 1 }
    return offset < text.count ? text[offset] : nil
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
    guard skip(character) else { throw problem("'\(character)' expected") }
  }

  mutating func end() throws(Problem) {
    guard peek() == nil else { throw problem("text follows the end of the JSON document") }
  }

  /// Calls `body` for each member of an object, which must read the value; a key that comes twice is a problem.
  mutating func object(_ body: (inout JSONScanner, String) throws(Problem) -> Void) throws(Problem) {
    try expect("{")
    var keys: Set<String> = []
    if skip("}") { return }
    repeat {
      _ = peek()
      let start = offset
      let key = try string()
      guard keys.insert(key).inserted else {
        throw Problem(offset: start, message: "the key '\(key.prefix(80))' comes twice")
      }
      try expect(":")
      try body(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Calls `body` for each element of an array, which must read the value.
  mutating func array(_ body: (inout JSONScanner) throws(Problem) -> Void) throws(Problem) {
    try expect("[")
    if skip("]") { return }
    repeat { try body(&self) } while skip(",")
    try expect("]")
  }

  mutating func string() throws(Problem) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw problem("a string in double quotes expected") }
    return try JSONString.read(text, at: &offset)
  }

  /// A whole number that is not negative and fits an Int, written without a sign, fraction or exponent.
  mutating func count() throws(Problem) -> Int {
    _ = peek()
    let start = offset
    var value = 0
    while offset < text.count, (0x30...0x39).contains(text[offset]) {
      let scaled = value.multipliedReportingOverflow(by: 10)
      let sum = scaled.partialValue.addingReportingOverflow(Int(text[offset] - 0x30))
      guard !scaled.overflow, !sum.overflow else { throw Problem(offset: start, message: "a number beyond 64 bits") }
      value = sum.partialValue
      offset += 1
    }
    guard offset > start, offset == text.count || !".eE".utf8.contains(text[offset]) else {
      throw Problem(offset: start, message: "a whole number from 0 on expected")
    }
    guard offset == start + 1 || text[start] != 0x30 else { throw Problem(offset: start, message: "a number begins with 0") }
    return value
  }

  /// Any value.
  mutating func value(depth: Int = 0) throws(Problem) -> JSONValue {
    guard depth < Self.deepestNesting else { throw problem("values nest more than \(Self.deepestNesting) deep") }
    guard let next = peek() else { throw problem("a value expected, and the text ends") }
    switch Unicode.Scalar(next) {
    case "{":
      var members: [String: JSONValue] = [:]
      try object { scanner, key throws(Problem) in members[key] = try scanner.value(depth: depth + 1) }
      return .object(members)
    case "[":
      var elements: [JSONValue] = []
      try array { scanner throws(Problem) in elements.append(try scanner.value(depth: depth + 1)) }
      return .array(elements)
    case "\"": return .string(try string())
    case "t": return try word("true", .boolean(true))
    case "f": return try word("false", .boolean(false))
    case "n": return try word("null", .null)
    case "I" where allowsInfinity: return try word("Infinity", .null)
    case "N" where allowsInfinity: return try word("NaN", .null)
    case "-" where allowsInfinity && text[offset...].starts(with: "-I".utf8): return try word("-Infinity", .null)
    default: return .number(try number())
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(Problem) -> JSONValue {
    guard text[offset...].starts(with: word.utf8) else { throw problem("a value expected") }
    offset += word.utf8.count
    return value
  }

  private mutating func number() throws(Problem) -> Double {
    let start = offset
    while offset < text.count, "+-.eE0123456789".utf8.contains(text[offset]), offset - start < 64 { offset += 1 }
    guard let value = Double(String(decoding: text[start..<offset], as: UTF8.self)), value.isFinite,
      text[start] == 0x2D || (0x30...0x39).contains(text[start])
    else { throw Problem(offset: start, message: "a value expected") }
    return value
  }

  private func problem(_ message: String) -> Problem { Problem(offset: offset, message: message) }
}

/// A JSON document in memory, for small ones such as a model's configuration.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package var number: Double? { if case .number(let value) = self { value } else { nil } }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  package var members: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
  package var elements: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
}
