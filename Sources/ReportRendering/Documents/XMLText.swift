import Spelling

/// Text as XML 1.0 takes it.
enum XMLText {
  /// With the five characters that XML has a use for written as references, line ends too, so that an attribute keeps them,
  /// and whatever could steer a terminal or reorder what is read;
  /// what XML 1.0 does not allow at all (most control characters, U+FFFE, U+FFFF) becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      case _ where TerminalText.isUnsafe(scalar): result += "&#\(scalar.value);"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
