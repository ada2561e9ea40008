import Diagnosis
import NetworkGraph
import NumberText
import SignalPropagation
import Spelling

/// Writes a bounds file around the present state of a network.
public enum BoundsText {
  /// Bounds around what was measured, with comments; `BoundsFile.read` takes them back.
  ///
  /// - Parameters:
  ///   - settings: What the audit was asked for; its bounds are replaced.
  ///   - run: The run to hold.
  ///   - report: The audit that the run is of.
  public static func file(_ settings: BoundsFile, run: InitializerRun, report: AuditReport) -> String {
    let rate = settings.bounds.falseAlarmRate
    let (lines, remarks) = BoundsProposal.lines(of: run, replicas: report.seeds, falseAlarmRate: rate)
    let replicas = report.seeds == 1 ? "1 replica" : "\(report.seeds) replicas"
    var text = """
      # Bounds around what initscope \(report.tool.version) measured with seed \(report.seed) in \(replicas).
      # `initscope check --bounds` and this file: exit status 0 where the network keeps every bound, 1 where it does not.
      # Each bound is as wide as its measurement is uncertain, so that another seed keeps it. They hold the present state,
      # healthy or not: edit them as you like. Gate.md of the documentation lists every key.

      """
    /// One setting with what it means.
    func line(_ key: String, _ value: String, _ meaning: String) { text += "\(key): \(value)  # \(meaning)\n" }
    func options(_ pairs: [(name: String, value: String)]) -> String {
      "{\(pairs.map { "\($0.name): \(quoted($0.value))" }.joined(separator: ", "))}"
    }
    line("version", "\(GateBounds.version)", "of this file's format")
    if let network = settings.network {
      line("network", quoted(network), "a preset, or a file whose path is taken from where this file stands")
    }
    if !settings.options.isEmpty {
      line(
        "options", options(settings.options.map { ($0.name.rawValue, $0.value) }), "of the preset, as on the command line")
    }
    // Where every layer names its own, the run's name is a list of those.
    if (try? Initializer(parsing: run.initializer)) != nil {
      line("init", quoted(run.initializer), "the initializer of every layer that names none")
    } else {
      text += "# no init: every layer of the network names its own initializer\n"
    }
    if let input = settings.input { line("input", quoted(input.name), "where the samples come from") }
    if !settings.data.isEmpty {
      line("data", options(settings.data.map { ($0.name.rawValue, $0.value) }), "how the samples are read")
    }
    if let scaling = settings.scaling { line("scaling", scaling.rawValue, "how the samples are scaled") }
    if let backward = settings.backward { line("backward", backward.rawValue, "what the backward pass starts from") }
    line("batch", "\(report.input.batch)", "samples in a batch")
    line("seeds", "\(report.seeds)", "replicas: independent draws of weights and inputs")
    line("falseAlarmRate", "\(rate)", "the chance that an unchanged network fails any of the bounds, at most")
    for remark in remarks { text += "# \(remark)\n" }
    text += """
      # One bound per line: a layer, one of its tensors, and the least and the greatest value that pass. secondMoment is the
      # mean of the squares: of activations it says how strong the signal is behind the layer, of gradients how strong the
      # gradient is that arrives there. The variance of the weights says whether they are still drawn as they were.

      """
    text += lines.isEmpty ? "bounds: []\n" : "bounds:\n"
    for line in lines {
      text += "  - {layers: \(quoted(line.layer)), of: \(line.tensor.rawValue), \(line.quantity.rawValue): "
      text += "\(limits(line.interval))}"
      text += "  # \(line.quantity.words) measured: \(shortNumber(line.measured, digits: 4))\n"
    }
    return text
  }

  /// The limits as the file writes them; an end beyond Double's range stays open.
  private static func limits(_ interval: Interval) -> String {
    let low = shortNumber(interval.low, digits: 8)
    guard interval.high.isFinite else { return "{min: \(low)}" }
    return "[\(low), \(shortNumber(interval.high, digits: 8))]"
  }

  /// The text in double quotes where YAML would misread it; a bare word stays as it is.
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
