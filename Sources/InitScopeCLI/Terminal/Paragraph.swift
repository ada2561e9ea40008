/// Prose broken at spaces, control characters written out.
enum Paragraph {
  static func wrap(_ text: String, columns: Int, indent: Int) -> String {
    lines(text, columns: columns, indent: indent).joined(separator: "\n") + "\n"
  }

  /// Lines that `wrap` makes of the text.
  static func lineCount(_ text: String, columns: Int, indent: Int) -> Int {
    lines(text, columns: columns, indent: indent).count
  }

  /// Breaks only the lines that are longer than `columns`, and gives the rest of each the same indentation.
  static func fitting(_ text: String, columns: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.count > columns else { return String(line) }
      return lines(String(line), columns: columns, indent: line.prefix { $0 == " " }.count).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func lines(_ text: String, columns: Int, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in words(ConsoleText.printable(text, keepsColor: false)) {
      if !line.isEmpty, line.count + 1 + word.count > max(columns - indent, 20) {
        lines.append(margin + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    if !line.isEmpty { lines.append(margin + line) }
    return lines
  }

  /// What a line does not break: words, and equations such as `q = 3.56`.
  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").reduce(into: []) { words, word in
      if let last = words.last, word == "=" || last.hasSuffix(" =") {
        words[words.count - 1] += " " + word
      } else {
        words.append(String(word))
      }
    }
  }
}
