import Diagnosis
import NetworkGraph
import NumberText
import Spelling

/// Writes a check's result as Markdown for the step summary of a CI job.
public enum GateMarkdown {
  /// GitHub cuts a step's summary at 1 MiB.
  static let largestSize = 1_000_000

  /// Entries of a section; the table below has every violation.
  private static let mostEntries = 20

  /// In words first, alike violations together and causes before what follows from them; then every violation in a table.
  /// Lines beyond the size are counted in place of being written.
  public static func encode(_ result: GateResult) -> [UInt8] {
    var text = "## initscope check: \(escaped(result.network)) \(result.passes ? "passes" : "fails")\n\n"
    text += summary(result) + "\n"
    for run in result.runs {
      text += "\n### \(escaped(run.initializer))\n\n"
      if run.violations.isEmpty { text += "No violations in \(run.layers.count) layers.\n" }
      for section in GateSummary(run).sections {
        var lines = "**\(escaped(section.title))**\n\n"
        for entry in section.entries.prefix(mostEntries) { lines += "- \(escaped(entry.text))\n" }
        if section.entries.count > mostEntries { lines += "- and \(section.entries.count - mostEntries) more, see below\n" }
        // Half of the size is the table's.
        if text.utf8.count + lines.utf8.count < largestSize / 2 { text += lines + "\n" }
      }
      var written = 0
      if !run.violations.isEmpty {
        text += "| layer | what | measured | bound | |\n|---|---|---:|---:|---|\n"
      }
      for violation in run.violations {
        let row = row(violation)
        guard text.utf8.count + row.utf8.count < largestSize else { break }
        text += row
        written += 1
      }
      if written < run.violations.count { text += "\n\(run.violations.count - written) more are left out for their size.\n" }
      for note in run.notes where text.utf8.count + note.utf8.count < largestSize { text += "\n- note: \(escaped(note))" }
      if !run.notes.isEmpty { text += "\n" }
    }
    return Array(text.utf8)
  }

  /// How many violations there are, and by what they were judged.
  static func summary(_ result: GateResult) -> String {
    let count = result.violations.count
    let causes = result.violations.count { $0.role == .cause }
    let follow = result.violations.count { $0.role == .consequence }
    let parts = causes == 0 ? "" : " (\(causes) to look at first, \(follow) that follow)"
    return "\(count) violation\(count == 1 ? "" : "s")\(parts), \(result.comparisons) comparisons at a false-alarm rate of "
      + "\(shortNumber(result.falseAlarmRate)) together, \(result.seeds) replicas, seed \(result.seed)."
  }

  private static func row(_ violation: GateViolation) -> String {
    func text(_ value: Double) -> String { violation.quantity?.text(value) ?? shortNumber(value, digits: 3) }
    let measured = violation.measured.map(text) ?? ""
    let bound = violation.bound.map { bound in
      violation.quantity?.text(low: bound.low, high: bound.high)
        ?? (bound.low == bound.high ? text(bound.low) : "\(text(bound.low)) to \(text(bound.high))")
    }
    // What the other columns say needs no sentence, but for a cause.
    var words = violation.measured == nil || violation.role == .cause ? violation.message : ""
    if let cause = violation.follows { words += (words.isEmpty ? "" : "; ") + "follows from \(cause)" }
    return "| \(escaped(violation.layer ?? "")) | \(escaped(violation.title)) | \(measured) | \(bound ?? "") | "
      + "\(escaped(words)) |\n"
  }

  /// Escapes what Markdown, tables and HTML would interpret. Control characters and line ends become spaces; characters that
  /// could steer a terminal or reorder text are written out.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "|", "\\", "`", "*", "[", "]", "#", "_", "~": result += "\\\(scalar)"
      case "\0"..<" ", "\u{7F}": result += " "
      case _ where TerminalText.isUnsafe(scalar): result += "\\" + TerminalText.safe(String(scalar))
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
