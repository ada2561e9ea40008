import Diagnosis
import NetworkGraph
import NumberText
import SignalPropagation
import Spelling

/// Writes a bounds file that holds an audit's present state.
public enum BoundsText {
  /// Bounds around what was measured, with comments; `BoundsFile.read` takes them back.
  ///
  /// - Parameters:
  ///   - settings: What the audit was asked for; its bounds are replaced.
  ///   - run: The run to hold.
  public static func file(_ settings: BoundsFile, run: InitializerRun, report: AuditReport) -> String {
    let rate = settings.bounds.falseAlarmRate
    let (lines, remarks) = BoundsProposal.lines(of: run, replicas: report.seeds, falseAlarmRate: rate)
    var text = """
      # Bounds around what initscope \(report.tool.version) measured: seed \(report.seed), \(report.seeds) replicas.
      # Each interval is of confidence 1 - falseAlarmRate / \(max(1, lines.count)): another seed passes with a probability of
      # at least 1 - falseAlarmRate.
      version: \(GateBounds.version)

      """
    if let network = settings.network { text += "network: \(quoted(network))\n" }
    if !settings.options.isEmpty {
      text += "options: {\(settings.options.map { "\($0.name.rawValue): \(quoted($0.value))" }.joined(separator: ", "))}\n"
    }
    text += "init: \(quoted(run.initializer))\n"
    if let input = settings.input { text += "input: \(quoted(input.name))\n" }
    if !settings.data.isEmpty {
      text += "data: {\(settings.data.map { "\($0.name.rawValue): \(quoted($0.value))" }.joined(separator: ", "))}\n"
    }
    if let scaling = settings.scaling { text += "scaling: \(scaling.rawValue)\n" }
    if let backward = settings.backward { text += "backward: \(backward.rawValue)\n" }
    text += "batch: \(report.input.batch)\nseeds: \(report.seeds)\nfalseAlarmRate: \(rate)\n"
    for remark in remarks { text += "# \(remark)\n" }
    text += lines.isEmpty ? "bounds: []\n" : "bounds:\n"
    for line in lines {
      text += "  - {layers: \(quoted(line.layer)), of: \(line.tensor.rawValue), \(line.quantity.rawValue): "
      text += "\(limits(line.interval))}"
      text += "  # measured \(shortNumber(line.measured, digits: 4))\n"
    }
    return text
  }

  /// As the file writes it; an end beyond Double's range stays open.
  private static func limits(_ interval: Interval) -> String {
    let low = shortNumber(interval.low, digits: 8)
    guard interval.high.isFinite else { return "{min: \(low)}" }
    return "[\(low), \(shortNumber(interval.high, digits: 8))]"
  }

  /// In double quotes, where YAML takes no sign for its own; a bare word stays as it is.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-" || $0 == ".")
    }
    if isPlain, let first = text.unicodeScalars.first, first.properties.isAlphabetic || Double(text) != nil { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "\"": quoted += "\\\(scalar)"
      case _ where TerminalText.isUnsafe(scalar):
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
