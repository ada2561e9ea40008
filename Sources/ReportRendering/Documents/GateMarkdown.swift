import Diagnosis
import NetworkGraph
import NumberText
import Spelling

/// A gate's result as Markdown: what fits into the step summary of a CI job.
public enum GateMarkdown {
  /// GitHub cuts a step's summary at 1 MiB.
  static let largestSize = 1_000_000

  /// Worst first; lines beyond the size are counted in place of being written.
  public static func encode(_ result: GateResult) -> [UInt8] {
    var text = "## initscope check: \(escaped(result.network)) \(result.passes ? "passes" : "fails")\n\n"
    text += summary(result) + "\n"
    for run in result.runs {
      text += "\n### \(escaped(run.initializer))\n\n"
      if run.violations.isEmpty { text += "No violations in \(run.layers.count) layers.\n" }
      var written = 0
      if !run.violations.isEmpty { text += "| layer | what | measured | bound | |\n|---|---|---:|---:|---|\n" }
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

  /// How many violations, and what they were judged by.
  static func summary(_ result: GateResult) -> String {
    let count = result.violations.count
    return "\(count) violation\(count == 1 ? "" : "s"), \(result.comparisons) comparisons at a false-alarm rate of "
      + "\(shortNumber(result.falseAlarmRate)) together, \(result.seeds) replicas, seed \(result.seed)."
  }

  private static func row(_ violation: GateViolation) -> String {
    let measured = violation.measured.map { shortNumber($0, digits: 3) } ?? ""
    let bound = violation.bound.map {
      $0.low == $0.high
        ? shortNumber($0.low, digits: 3) : "\(shortNumber($0.low, digits: 3)) to \(shortNumber($0.high, digits: 3))"
    }
    // What the other columns say needs no sentence.
    let words = violation.measured == nil ? escaped(violation.message) : ""
    return
      "| \(escaped(violation.layer ?? "")) | \(escaped(violation.subject)) | \(measured) | \(bound ?? "") | \(words) |\n"
  }

  /// With what Markdown, tables and HTML would take for theirs escaped; control characters, line ends among them, become
  /// spaces, and others that could steer a terminal or reorder what is read are written out.
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
