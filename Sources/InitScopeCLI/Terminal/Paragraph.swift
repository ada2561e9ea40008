/// Prose broken at spaces, control characters written out.
enum Paragraph {
  static func wrap(_ text: String, columns: Int, indent: Int) -> String {
    lines(text, columns: columns, indent: indent).joined(separator: "\n") + "\n"
  }

  /// Lines that `wrap` makes of the text.
  static func lineCount(_ text: String, columns: Int, indent: Int) -> Int {
    lines(text, columns: columns, indent: indent).count
  }

  private static func lines(_ text: String, columns: Int, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in ConsoleText.printable(text, keepsColor: false).split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > max(columns - indent, 20) {
        lines.append(margin + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    if !line.isEmpty { lines.append(margin + line) }
    return lines
  }
}
