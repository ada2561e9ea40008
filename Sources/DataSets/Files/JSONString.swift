/// Reads the strings of JSON (RFC 8259, section 7) from bytes that nobody trusts: what every reader of JSON shares.
package enum JSONString {
  /// What is wrong, and at which byte of the text.
  package struct Problem: Error, Equatable {
    package var offset: Int
    package var message: String

    package init(offset: Int, message: String) { (self.offset, self.message) = (offset, message) }
  }

  /// Reads one string.
  ///
  /// - Parameters:
  ///   - text: The document.
  ///   - place: Where its opening quote stands; afterwards, the byte behind its closing quote.
  /// - Throws: `Problem` for a string that does not end, control characters, unknown escapes, halves of characters and
  ///   bytes that are not UTF-8.
  package static func read(_ text: [UInt8], at place: inout Int) throws(Problem) -> String {
    let start = place
    place += 1
    var content: [UInt8] = []
    while place < text.count {
      let byte = text[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let value = String(validating: content, as: UTF8.self) else {
          throw Problem(offset: start, message: "a string is not valid UTF-8")
        }
        return value
      case UInt8(ascii: "\\"): try escape(text, &place, into: &content)
      case 0..<0x20: throw Problem(offset: place - 1, message: "a control character stands in a string")
      default: content.append(byte)
      }
    }
    throw Problem(offset: start, message: "a string does not end")
  }

  private static func escape(
    _ text: [UInt8], _ place: inout Int, into content: inout [UInt8]
  ) throws(Problem) {
    guard place < text.count else { throw Problem(offset: place, message: "a string does not end") }
    let character = text[place]
    place += 1
    switch Unicode.Scalar(character) {
    case "\"", "\\", "/": content.append(character)
    case "b": content.append(8)
    case "f": content.append(12)
    case "n": content.append(10)
    case "r": content.append(13)
    case "t": content.append(9)
    case "u":
      var code = try hexadecimal(text, &place)
      let half = Problem(offset: place, message: "half of a surrogate pair in a string")
      if (0xD800..<0xDC00).contains(code), text[place...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
        place += 2
        let low = try hexadecimal(text, &place)
        guard (0xDC00..<0xE000).contains(low) else { throw half }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw half }
      content += Array(String(Character(scalar)).utf8)
    default: throw Problem(offset: place - 1, message: "an unknown escape in a string")
    }
  }

  private static func hexadecimal(_ text: [UInt8], _ place: inout Int) throws(Problem) -> UInt32 {
    guard place + 4 <= text.count else { throw Problem(offset: place, message: "a string does not end") }
    var value: UInt32 = 0
    for byte in text[place..<place + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw Problem(offset: place, message: "four hexadecimal digits expected")
      }
      value = value << 4 | UInt32(digit)
    }
    place += 4
    return value
  }
}
