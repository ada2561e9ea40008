/// A block of code between two lines of three backticks in a Markdown file.
struct FencedCode {
  var language: String
  var lines: [String]

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// All blocks of a file, in order.
  static func blocks(in markdown: String) -> [FencedCode] {
    var blocks: [FencedCode] = []
    var open: FencedCode?
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          open = FencedCode(language: line.dropFirst(3).trimmingPrefix(" ").description, lines: [])
        }
      } else {
        open?.lines.append(line)
      }
    }
    return blocks
  }
}

/// A command as a document shows it: one line, one that goes on behind a backslash, or a loop around such lines.
struct DocumentedCommand: Sendable {
  /// As a shell takes it; loops and lines that go on are kept whole.
  var text: String
  /// 0, or what the document states beside it, as in `# exit status 1`.
  var status: Int32
  /// Whether it runs `initscope`, and is no assignment for the lines behind it.
  var runsProgram: Bool

  /// The commands of a shell block, and of a block that shows a command behind `$ ` with what it prints.
  static func all(in block: FencedCode) -> [DocumentedCommand] {
    guard ["", "sh", "bash", "console"].contains(block.language) else { return [] }
    var commands: [DocumentedCommand] = []
    var lines: [String] = []
    var depth = 0
    for raw in block.lines {
      let line = raw.hasPrefix("$ ") ? String(raw.dropFirst(2)) : raw
      // Output stands between commands, and other programs' lines beside ours.
      if lines.isEmpty, !begins(line) { continue }
      // What is no shell block shows commands behind a dollar sign only.
      if lines.isEmpty, block.language.isEmpty, raw == line { continue }
      lines.append(line)
      let words = line.split(whereSeparator: { " ;".contains($0) })
      depth += words.count { $0 == "do" } - words.count { $0 == "done" }
      guard depth == 0, !line.hasSuffix("\\") else { continue }
      let text = lines.joined(separator: "\n")
      commands.append(
        DocumentedCommand(
          text: text, status: status(in: text), runsProgram: text.contains("initscope ") || text.hasSuffix("initscope")))
      lines = []
    }
    return commands
  }

  private static func begins(_ line: String) -> Bool {
    if line.hasPrefix("initscope ") || line.hasPrefix(".build/release/initscope") || line.hasPrefix("for ") { return true }
    // A variable that the commands use.
    guard let equals = line.firstIndex(of: "="), equals != line.startIndex else { return false }
    return line[..<equals].allSatisfy { $0.isUppercase || $0 == "_" }
  }

  private static func status(in text: String) -> Int32 {
    guard let range = text.range(of: "# exit status ") else { return 0 }
    return Int32(text[range.upperBound...].prefix { $0.isNumber }) ?? 0
  }
}
