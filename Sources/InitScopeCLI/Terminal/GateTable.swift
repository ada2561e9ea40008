import InitScope
import NumberText
import Rainbow

/// A gate's result as a person reads it on a terminal: what was compared, what failed, what follows, what to do, and the
/// answer in the last line.
struct GateTable {
  /// The files that a remedy may name.
  struct Files {
    /// Paths as they were given; nil where none was.
    var bounds: String?
    var baseline: String?
  }

  let result: GateResult
  let files: Files
  /// How many weight tensors the network's file fills itself, and how many the initializers; nil where these fill all.
  let named: (own: Int, filled: Int)?
  /// Whether words and numbers are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  init(
    _ result: GateResult, files: Files, named: (own: Int, filled: Int)? = nil, legend: Bool = false, columns: Int,
    color: Bool
  ) {
    self.result = result
    self.files = files
    self.named = named
    self.legend = legend
    self.columns = columns
    self.color = color
  }

  /// Entries that a section shows, so that all fits on one screen; the documents have every violation.
  private static let mostEntries = (causes: 8, others: 6)
  private static let mostSections = 5
  private static let mostNotes = 4

  var text: String {
    var text = paragraph(compared, indent: 0)
    for run in result.runs { text += section(run) }
    let remedies = remedies
    if !remedies.isEmpty {
      text += "\n" + heading("What to do")
      for remedy in remedies { text += paragraph(remedy, indent: 2) }
    }
    if legend { text += "\n" + explanation.map { paragraph($0, indent: 0) }.joined() }
    text += "\n"
    for run in result.runs {
      // Where it forbids something, it stands above with its reason.
      guard let verdict = run.verdict, !run.violations.contains(where: { $0.kind == .verdict }) else { continue }
      let name = result.runs.count > 1 ? " of \(run.initializer)" : ""
      text += paragraph("verdict\(name): \(self.verdict(verdict))", indent: 0)
    }
    let answer = paragraph(answer, indent: 0)
    return text + (color ? (result.passes ? answer.green.bold : answer.red.bold) : answer)
  }

  // MARK: What was compared

  private var compared: String {
    let parts = GateYardstick.allCases.compactMap { yardstick -> String? in
      guard let count = result.yardsticks[yardstick], count > 0 else { return nil }
      let what =
        switch yardstick {
        case .bound: "the bounds of \(files.bounds ?? "the file")"
        case .theory: "what theory predicts"
        case .declared: "what the initializers declare of their weights"
        case .baseline: "\(files.baseline ?? "the baseline")"
        }
      return "\(groupedNumber(count)) with \(what)"
    }
    let initializers = result.runs.map(\.initializer).joined(separator: ", ")
    let replicas = result.seeds == 1 ? "1 replica" : "\(result.seeds) replicas"
    let subject =
      named.map { named in
        let own = named.own == 1 ? "1 tensor" : "\(named.own) tensors"
        return "\(result.network) (\(own) as in the file, \(named.filled) from \(initializers))"
      } ?? "\(result.network) with \(initializers)"
    let beginning = "\(subject): \(replicas), seed \(result.seed)."
    guard !parts.isEmpty else { return "\(beginning) Nothing was compared; rules and verdict are judged." }
    let count = result.comparisons, counted = "\(groupedNumber(count)) \(count == 1 ? "quantity" : "quantities")"
    // One part has all of them.
    let list =
      parts.count == 1
      ? " with " + (parts[0].firstRange(of: " with ").map { String(parts[0][$0.upperBound...]) } ?? "")
      : ": " + parts.joined(separator: ", ")
    return "\(beginning) Compared \(counted)\(list). \(chance)"
  }

  private var chance: String {
    let rate = result.falseAlarmRate
    let share =
      rate > 1e-12 ? "1 check in \(groupedNumber(Int((1 / rate).rounded())))" : "a share of \(rate) of all checks"
    return "Where nothing is wrong, at most \(share) fails by chance."
  }

  // MARK: What failed

  private func section(_ run: GateResult.Run) -> String {
    var text = ""
    if result.runs.count > 1 { text += "\n" + heading(run.initializer) }
    let summary = GateSummary(run)
    for section in summary.sections.prefix(Self.mostSections) {
      text += "\n" + heading(section.title)
      let most = section.entries.contains { $0.role == .cause } ? Self.mostEntries.causes : Self.mostEntries.others
      for entry in section.entries.prefix(most) {
        let wrapped = paragraph(entry.text, indent: 2, hanging: true)
        text += color && entry.role != .consequence ? wrapped.red : wrapped
      }
      let left = section.entries.dropFirst(most).reduce(0) { $0 + $1.count }
      if left > 0 { text += "  and \(groupedNumber(left)) more: see --json\n" }
    }
    let left = summary.sections.dropFirst(Self.mostSections).flatMap(\.entries).reduce(0) { $0 + $1.count }
    if left > 0 { text += "\n  and \(groupedNumber(left)) more: see --json\n" }
    if !run.notes.isEmpty { text += "\n" }
    for note in run.notes.prefix(Self.mostNotes) { text += paragraph("note: \(note)", indent: 2, hanging: true) }
    if run.notes.count > Self.mostNotes { text += "  and \(run.notes.count - Self.mostNotes) more notes: see --json\n" }
    return text
  }

  private var explanation: [String] {
    var sentences = [
      "Each measured number comes with an interval, which says how far chance may have moved it. A comparison fails only "
        + "where the whole interval lies outside the bound.",
      "Mean squares and variances are of one layer's values over all samples and units; a replica is one independent "
        + "drawing of weights and inputs.",
    ]
    if result.yardsticks[.baseline, default: 0] > 0 {
      sentences.append(
        "\"0.50 times the baseline's (0.0039, was 0.00779)\": the ratio, what was measured now, and what the saved audit "
          + "has. What changed are the first differences, weights before signals; what follows is what they explain.")
    }
    sentences.append("[name]: the rule that found it; `initscope explain RULE` tells how it judges and what helps.")
    if result.runs.contains(where: { $0.verdict != nil }) {
      sentences.append(
        "verdict: a prediction whether plain SGD learns; sure: how probable it is that the prediction is right.")
    }
    return sentences
  }

  private func verdict(_ verdict: Verdict) -> String {
    let sureness = verdict.confidence.map { " (\(TableNumber.percent($0)) sure)" } ?? ""
    let trains =
      switch verdict.trains {
      case true?: "trains"
      case false?: "does not train"
      case nil: "whether it trains is not known"
      }
    return "\(verdict.statusText), \(trains)\(sureness)"
  }

  // MARK: What to do

  private var remedies: [String] {
    var remedies: [String] = []
    let violations = result.violations
    if violations.contains(where: { $0.kind == .baseline }) {
      remedies.append(
        "Undo the change. If it was meant, save a new baseline: `initscope audit` with the same options and --output DIR.")
    }
    if violations.contains(where: { $0.kind == .bound || $0.kind == .nonFinite }) {
      remedies.append(
        files.bounds.map { "Change the initialization, or the bounds in \($0) if the present state is meant." }
          ?? "The network is not what theory or its initializers say it is: look at the first layer above.")
    }
    if let rule = violations.first(where: { $0.kind == .finding })?.subject {
      remedies.append("`initscope explain \(rule)` says how the rule judges and what helps.")
    }
    for run in result.runs where run.violations.contains(where: { $0.kind == .verdict }) {
      if let text = run.verdict?.recommendation {
        remedies.append(result.runs.count > 1 ? "\(run.initializer): \(text)" : text)
      }
    }
    return remedies
  }

  /// What a check found that passes; never more than it looked at.
  private var passed: String {
    switch result.comparisons {
    case 0: "no rule found an error; nothing was compared"
    case 1: "the one quantity is within its bounds"
    default: "all \(groupedNumber(result.comparisons)) quantities are within bounds"
    }
  }

  private var answer: String {
    let violations = result.violations
    guard !violations.isEmpty else { return "\(result.network) passes: \(passed)." }
    let beginnings = violations.filter { $0.role == .cause }, follow = violations.count { $0.role == .consequence }
    let alone = violations.count - beginnings.count - follow
    // One change of several layers is one.
    let causes = Set(beginnings.compactMap(\.changed)).count + beginnings.count { $0.changed == nil }
    var parts: [String] = []
    func add(_ count: Int, _ one: String, _ many: String) {
      if count > 0 { parts.append(count == 1 ? "1 \(one)" : "\(groupedNumber(count)) \(many)") }
    }
    let areChanges = violations.allSatisfy { $0.role != .cause || $0.kind == .baseline }
    add(causes, areChanges ? "change" : "cause", areChanges ? "changes" : "causes")
    add(follow, "difference that follows", "differences that follow")
    add(alone, causes > 0 ? "other violation" : "violation", causes > 0 ? "other violations" : "violations")
    return "\(result.network) fails: \(parts.joined(separator: ", "))."
  }

  // MARK: Layout

  private func heading(_ title: String) -> String {
    let text = Paragraph.wrap(title, columns: columns, indent: 0)
    return color ? text.bold : text
  }

  /// Wrapped; `hanging` indents all lines but the first by two more, so that entries are told apart.
  private func paragraph(_ text: String, indent: Int, hanging: Bool = false) -> String {
    guard hanging else { return Paragraph.wrap(text, columns: columns, indent: indent) }
    let lines = Paragraph.wrap(text, columns: columns - 2, indent: indent).split(separator: "\n")
    return lines.enumerated().map { ($0 == 0 ? "" : "  ") + $1 + "\n" }.joined()
  }
}
