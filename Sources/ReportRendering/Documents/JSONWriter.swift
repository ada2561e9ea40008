import Spelling

/// Writes one JSON document from front to back, with keys in the order of the calls.
///
/// Foundation's encoder either sorts keys or leaves their order to a hash table, throws on NaN, and costs several
/// milliseconds before its first byte. This one writes what RFC 8259 allows and nothing else: members indented by two
/// spaces, arrays of numbers on one line, doubles in the fewest digits that read back as the same value, and non-finite
/// numbers as the strings "NaN", "Infinity" and "-Infinity".
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  private var depth = 0
  /// Whether the innermost open object or array is still empty.
  private var isEmpty = true

  /// Whether members are indented; a large document saves a third of its bytes without.
  private let indents: Bool

  init(capacity: Int, indents: Bool = true) {
    self.indents = indents
    bytes.reserveCapacity(capacity)
  }

  // MARK: Members and elements

  /// Writes an object; with a nil `key`, as an element of an array or as the document itself.
  mutating func object(_ key: StaticString?, _ body: (inout JSONWriter) -> Void) {
    nest(key, open: "{", close: "}", body)
  }

  mutating func array<C: Collection>(_ key: StaticString?, _ elements: C, _ body: (inout JSONWriter, C.Element) -> Void) {
    nest(key, open: "[", close: "]") { writer in
      for element in elements { body(&writer, element) }
    }
  }

  mutating func member(_ key: StaticString, _ value: Double?) {
    begin(key)
    if let value { append(value) } else { append("null") }
  }

  mutating func member(_ key: StaticString, _ value: Int?) {
    begin(key)
    append(value.map(String.init) ?? "null")
  }

  mutating func member(_ key: StaticString, _ value: UInt64) {
    begin(key)
    append(String(value))
  }

  mutating func member(_ key: StaticString, _ value: Bool?) {
    begin(key)
    append(value.map { $0 ? "true" : "false" } ?? "null")
  }

  mutating func member(_ key: StaticString, _ value: String) {
    begin(key)
    append(quoted: value)
  }

  mutating func member(_ key: StaticString, _ value: String?) {
    guard let value else { return null(key) }
    member(key, value)
  }

  /// Writes a key that is not known at compile time.
  mutating func member(named key: String, _ value: Double) {
    begin(named: key)
    append(value)
  }

  mutating func member(named key: String, _ value: String) {
    begin(named: key)
    append(quoted: value)
  }

  mutating func null(_ key: StaticString) {
    begin(key)
    append("null")
  }

  mutating func line(_ key: StaticString, _ values: [Double]) {
    line(key, values) { $0.append($1) }
  }

  mutating func line(_ key: StaticString, _ values: [Double?]) {
    line(key, values) { writer, value in if let value { writer.append(value) } else { writer.append("null") } }
  }

  mutating func line(_ key: StaticString, _ values: [Int]) {
    line(key, values) { $0.append(String($1)) }
  }

  mutating func line(_ key: StaticString, _ values: [String]) {
    line(key, values) { $0.append(quoted: $1) }
  }

  /// Returns the document with a line feed at its end.
  consuming func finish() -> [UInt8] {
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  // MARK: Bytes

  private mutating func nest(
    _ key: StaticString?, open: Unicode.Scalar, close: Unicode.Scalar, _ body: (inout JSONWriter) -> Void
  ) {
    begin(key)
    bytes.append(UInt8(ascii: open))
    depth += 1
    isEmpty = true
    body(&self)
    depth -= 1
    if !isEmpty { newLine() }
    bytes.append(UInt8(ascii: close))
    isEmpty = false
  }

  private mutating func line<T>(_ key: StaticString, _ values: [T], _ write: (inout JSONWriter, T) -> Void) {
    begin(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { append(", ") }
      write(&self, value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func begin(named key: String) {
    begin(nil)
    append(quoted: key)
    append(": ")
  }

  private mutating func begin(_ key: StaticString?) {
    if depth > 0 {
      if !isEmpty { bytes.append(UInt8(ascii: ",")) }
      newLine()
    }
    isEmpty = false
    guard let key else { return }
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    append("\": ")
  }

  private mutating func newLine() {
    bytes.append(UInt8(ascii: "\n"))
    if indents { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth)) }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func append(_ value: Double) {
    if value.isFinite {
      append(value.description)
    } else {
      append(value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
    }
  }

  /// Appends a quoted string. Beside what JSON demands, characters that could steer a terminal are escaped; readers get the
  /// same text.
  private mutating func append(quoted text: String) {
    guard TerminalText.isSafe(text) else { return append(escaping: text) }
    let hex = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5C:
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(scalar.value))
      // Both kinds of control characters, since the document may be printed on a terminal.
      case 0..<0x20, 0x7F..<0xA0:
        append("\\u00")
        bytes.append(hex[Int(scalar.value >> 4)])
        bytes.append(hex[Int(scalar.value & 15)])
      default: append(String(scalar))
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping text: String) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        append("\\")
        append(String(scalar))
      case _ where TerminalText.isUnsafe(scalar):
        // A character beyond the first plane takes two escapes.
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
      default: append(String(scalar))
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
