/// Makes text from files safe to print on a terminal.
package enum TerminalText {
  /// Returns `text` with each character written out (`\n`, `\t`, `\r`, else `\u{1B}`) that could steer a terminal, or hide
  /// or reorder text.
  ///
  /// Written out are control characters (C0, DEL and C1, among them ESC and the CSI of one byte), line and paragraph
  /// separators, marks of writing direction (Unicode 16, UAX #9: they can make one name look like another), the byte order
  /// mark, and tags. Everything else stays, joiners of words and emoji included. Longer text than `limit` characters ends in
  /// `...`.
  package static func safe(_ text: some StringProtocol, limit: Int = .max) -> String {
    var shown = ""
    var count = 0
    for character in text {
      guard count < limit else { return shown + "..." }
      count += 1
      for scalar in character.unicodeScalars {
        if isUnsafe(scalar) { shown += written(scalar) } else { shown.unicodeScalars.append(scalar) }
      }
    }
    return shown
  }

  /// Whether `text` has no character that `safe` would write out. Fast for plain text.
  package static func isSafe(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } || !text.unicodeScalars.contains(where: isUnsafe)
  }

  /// Whether `safe` writes this character out.
  package static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F: true
    default: false
    }
  }

  private static func written(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }
}
