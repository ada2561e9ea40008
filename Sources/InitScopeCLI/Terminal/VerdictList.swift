import InitScope
import NumberText
import Rainbow

/// What is to be expected of training: a row for each outcome with the initializers that have it, then what would mend those
/// that fail. It stands last, above the prompt.
struct VerdictList {
  let runs: [InitializerRun]
  let columns: Int
  let color: Bool

  init(_ runs: [InitializerRun], columns: Int, color: Bool) {
    self.runs = runs
    self.columns = columns
    self.color = color
  }

  /// Empty where no run has a verdict.
  var text: String {
    let judged = runs.filter { $0.verdict != nil }
    guard !judged.isEmpty else { return "" }
    if runs.count == 1, let verdict = judged[0].verdict { return single(verdict) }
    return table(judged) + recommendations
  }

  private func single(_ verdict: Verdict) -> String {
    let outcome = verdict.trains.map { $0 ? "trains" : "does not train" } ?? "not known whether it trains"
    let sureness = verdict.confidence == nil ? "" : " (\(Self.sureness(verdict)) sure)"
    let head = "verdict: \(verdict.statusText), \(outcome)\(sureness)"
    var text = Paragraph.wrap(head, columns: columns, indent: 0)
    if color { text = verdict.trains.map { $0 ? text.green.bold : text.red.bold } ?? text.yellow.bold }
    text += Paragraph.wrap(verdict.summary, columns: columns, indent: 2)
    if let advice = verdict.recommendation ?? Self.beginning(verdict) {
      text += Paragraph.wrap(advice, columns: columns, indent: 2)
    }
    return text
  }

  /// The learning rate of a network that trains, where no remedies were looked for.
  private static func beginning(_ verdict: Verdict) -> String? {
    guard verdict.trains == true, let rate = verdict.learningRate else { return nil }
    return "Begin plain SGD with a learning rate of about \(shortNumber(rate, digits: 1))."
  }

  // MARK: Several runs

  /// What runs have in common that share a row. How sure each is of it may differ a little.
  private struct Outcome: Hashable {
    var status: Verdict.Status
    var statusText: String
    var trains: Bool?
    var rate: String

    init(_ verdict: Verdict) {
      (status, trains) = (verdict.status, verdict.trains)
      statusText = verdict.statusText
      rate = verdict.learningRate.map { TableNumber.plain($0, 3) } ?? "-"
    }
  }

  private func table(_ judged: [InitializerRun]) -> String {
    var outcomes: [Outcome] = []
    var names: [Outcome: [String]] = [:], confidences: [Outcome: [Double]] = [:]
    for run in judged {
      guard let verdict = run.verdict else { continue }
      let outcome = Outcome(verdict)
      if names[outcome] == nil { outcomes.append(outcome) }
      names[outcome, default: []].append(run.initializer)
      if let confidence = verdict.confidence { confidences[outcome, default: []].append(confidence) }
    }
    func cells(_ outcome: Outcome) -> [TextTable.Cell] {
      Self.cells(outcome, sureness: Self.sureness(confidences[outcome] ?? []))
    }
    let heads: [TextTable.Column] = [
      .init("verdict", .left), .init("trains", .left), .init("sure"), .init("learning rate"),
    ]
    var narrow = TextTable(heads)
    for outcome in outcomes { narrow.add(cells(outcome)) }
    // What is left of a line beside the other columns; the names go on in lines of their own.
    let room = max(20, columns - narrow.width - narrow.gap)
    var table = TextTable(heads + [.init("initializers", .left)])
    for outcome in outcomes {
      let list = names[outcome, default: []].map { TextTable.fit($0, room - 1) }.joined(separator: ", ")
      let lines = Paragraph.wrap(list, columns: room, indent: 0).split(separator: "\n").map(String.init)
      for (place, line) in lines.enumerated() {
        table.add((place == 0 ? cells(outcome) : heads.map { _ in .init("") }) + [.init(line)])
      }
    }
    return table.render(color: color)
  }

  private static func cells(_ outcome: Outcome, sureness: String) -> [TextTable.Cell] {
    let trains: TextTable.Cell =
      switch outcome.trains {
      case true?: .init("yes", .green)
      case false?: .init("no", .red)
      case nil: .init("unknown", .yellow)
      }
    return [
      .init(outcome.statusText, outcome.trains == nil ? .yellow : outcome.status == .healthy ? .green : .red), trains,
      .init(sureness),
      .init(outcome.rate),
    ]
  }

  /// Initializers that one remedy would mend share a paragraph: the longest text of those that begin with the same advice.
  /// The learning rate of those that train stands in the table.
  private var recommendations: String {
    var groups: [(advice: String, text: String, runs: [Int])] = []
    for (place, run) in runs.enumerated() {
      guard let verdict = run.verdict, verdict.trains != true, let text = verdict.recommendation,
        let advice = Sentences.split(text).first
      else { continue }
      if let known = groups.firstIndex(where: { $0.advice == advice }) {
        groups[known].runs.append(place)
        if text.count > groups[known].text.count { groups[known].text = text }
      } else {
        groups.append((advice, text, [place]))
      }
    }
    return groups.map { group in
      let names = NameList.text(group.runs, of: runs.map(\.initializer))
      return Paragraph.wrap("Remedy for \(names): \(group.text)", columns: columns, indent: 2)
    }.joined()
  }

  private static func sureness(_ verdict: Verdict) -> String { verdict.confidence.map { TableNumber.percent($0) } ?? "-" }

  /// "99%", or "96-99%" where the verdicts of a row differ; "-" for none.
  private static func sureness(_ confidences: [Double]) -> String {
    guard let low = confidences.min(), let high = confidences.max() else { return "-" }
    let ends = [low, high].map(TableNumber.percent)
    return ends[0] == ends[1] ? ends[0] : "\(ends[0].dropLast())-\(ends[1])"
  }
}
