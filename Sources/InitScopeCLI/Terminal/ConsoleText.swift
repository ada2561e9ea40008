import Spelling

/// Text of several lines as it may reach a terminal.
enum ConsoleText {
  /// Columns of a terminal that a text takes: letters of East Asia and pictures take two each.
  static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + ($1.unicodeScalars.first.map(isWide) ?? false ? 2 : 1) }
  }

  /// Blocks of Unicode whose characters are wide (Unicode Standard Annex 11).
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// `text` with its lines kept and every other control character written out, such as `\u{1B}`.
  ///
  /// - Parameter keepsColor: Whether codes that set colour and weight stay. Cells and prose are written out before they are
  ///   coloured, so that those codes are our own.
  static func printable(_ text: String, keepsColor: Bool) -> String {
    // Nearly all text is plain: told by its bytes. C1 begins with C2, marks of direction with D8, E2, EF or F3.
    let isPlain = text.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 < 0x7F }
    if isPlain { return text }
    var shown = ""
    var rest = text[...]
    while let end = rest.unicodeScalars.firstIndex(where: { $0 == "\n" || $0 == "\u{1B}" }) {
      shown += TerminalText.safe(rest[..<end])
      rest = rest[end...]
      if rest.unicodeScalars.first == "\n" {
        shown.unicodeScalars.append("\n")
        rest = rest[rest.unicodeScalars.index(after: end)...]
      } else if keepsColor, let after = endOfColor(rest) {
        shown += rest[..<after]
        rest = rest[after...]
      } else {
        shown += TerminalText.safe("\u{1B}")
        rest = rest[rest.unicodeScalars.index(after: end)...]
      }
    }
    return shown + TerminalText.safe(rest)
  }

  /// Where a code such as `ESC [ 1 ; 31 m` ends that `text` begins with; nil where it begins with another.
  private static func endOfColor(_ text: Substring) -> String.Index? {
    let scalars = text.unicodeScalars
    var place = scalars.index(after: scalars.startIndex)
    guard place < scalars.endIndex, scalars[place] == "[" else { return nil }
    place = scalars.index(after: place)
    while place < scalars.endIndex, scalars[place] == ";" || ("0"..."9").contains(scalars[place]) {
      place = scalars.index(after: place)
    }
    guard place < scalars.endIndex, scalars[place] == "m" else { return nil }
    return scalars.index(after: place)
  }
}
