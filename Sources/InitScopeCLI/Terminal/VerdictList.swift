import InitScope
import NumberText
import Rainbow

/// What is to be expected of training: a line an initializer, then what would mend those that fail.
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
    if judged.count == 1, let verdict = judged[0].verdict { return single(verdict) }
    return table(judged) + recommendations(judged)
  }

  private func single(_ verdict: Verdict) -> String {
    let outcome = verdict.trains.map { $0 ? "trains" : "does not train" } ?? "not known whether it trains"
    let sureness = verdict.confidence == nil ? "" : " (\(Self.sureness(verdict)) sure)"
    let head = "verdict: \(verdict.status.rawValue), \(outcome)\(sureness)"
    var text = Paragraph.wrap(head, columns: columns, indent: 0)
    if color { text = verdict.trains.map { $0 ? text.green.bold : text.red.bold } ?? text.yellow.bold }
    text += Paragraph.wrap(verdict.summary, columns: columns, indent: 2)
    if let recommendation = verdict.recommendation { text += Paragraph.wrap(recommendation, columns: columns, indent: 2) }
    return text
  }

  private func table(_ judged: [InitializerRun]) -> String {
    var table = TextTable([
      .init("initializer", .left), .init("verdict", .left), .init("trains", .left), .init("sure"), .init("learning rate"),
    ])
    for run in judged {
      guard let verdict = run.verdict else { continue }
      table.add([
        .init(TextTable.fit(run.initializer, 32)),
        .init(verdict.status.rawValue, verdict.status == .healthy ? .green : .red),
        Self.outcome(verdict), .init(Self.sureness(verdict)),
        .init(verdict.learningRate.map { TableNumber.significant($0) } ?? "-"),
      ])
    }
    return table.render(color: color)
  }

  /// Initializers that one remedy would mend share a paragraph.
  private func recommendations(_ judged: [InitializerRun]) -> String {
    var groups: [(text: String, names: [String])] = []
    for run in judged {
      guard let verdict = run.verdict, !(verdict.trains == true && verdict.status == .healthy),
        let text = verdict.recommendation
      else {
        continue
      }
      if let place = groups.firstIndex(where: { $0.text == text }) {
        groups[place].names.append(run.initializer)
      } else {
        groups.append((text, [run.initializer]))
      }
    }
    return groups.map { group in
      Paragraph.wrap("Instead of \(group.names.joined(separator: ", ")): \(group.text)", columns: columns, indent: 2)
    }.joined()
  }

  private static func outcome(_ verdict: Verdict) -> TextTable.Cell {
    switch verdict.trains {
    case true?: .init("yes", .green)
    case false?: .init("no", .red)
    case nil: .init("unknown", .yellow)
    }
  }

  private static func sureness(_ verdict: Verdict) -> String { verdict.confidence.map { TableNumber.percent($0) } ?? "-" }
}
