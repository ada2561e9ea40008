import Spelling

/// Text of several lines as it may reach a terminal.
enum ConsoleText {
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
