/// Prose broken at spaces, control characters written out.
enum Paragraph {
  static func wrap(_ text: String, columns: Int, indent: Int) -> String {
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
    return lines.joined(separator: "\n") + "\n"
  }
}
