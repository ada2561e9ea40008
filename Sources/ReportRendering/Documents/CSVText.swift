import Spelling

/// Writes fields and rows of CSV (RFC 4180), quoted where they must be, with rows that end in CRLF. Characters that could
/// steer a terminal are written out, which the format has no means of its own for.
enum CSVText {
  static func number(_ value: Double?) -> String {
    guard let value else { return "" }
    if value.isFinite { return value.description }
    return value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }

  static func integer(_ value: Int?) -> String { value.map(String.init) ?? "" }

  static func append(_ fields: [String], to bytes: inout [UInt8]) {
    for (index, text) in fields.enumerated() {
      let field = TerminalText.isSafe(text) ? text : TerminalText.safe(text)
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      let needsQuotes = field.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 13 || $0 == 10 }
      guard needsQuotes else {
        bytes.append(contentsOf: field.utf8)
        continue
      }
      bytes.append(UInt8(ascii: "\""))
      for byte in field.utf8 {
        if byte == UInt8(ascii: "\"") { bytes.append(byte) }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(13)
    bytes.append(10)
  }
}
