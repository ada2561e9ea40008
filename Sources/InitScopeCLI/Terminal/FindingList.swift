import InitScope
import Rainbow

/// What the rules found, a paragraph for each rule and cause with the rule's name for `initscope explain`; and why theory is
/// silent.
///
/// One run is told in full. A comparison of several is for choosing among them: each paragraph names the initializers that
/// it is true of, takes the worst as its example, and ends where two lines are full; notes are counted.
struct FindingList {
  /// Paragraphs of a comparison that fit on a screen of 40 lines beside the table and the verdicts. Errors are told even
  /// where there are more.
  private var mostParagraphs: Int { columns < 100 ? 3 : 5 }
  private static let mostErrors = 8
  /// Lines of a paragraph of a comparison, unless its first sentence needs more.
  private static let mostLines = 2

  let runs: [InitializerRun]
  let columns: Int
  let color: Bool

  init(_ runs: [InitializerRun], columns: Int, color: Bool) {
    self.runs = runs
    self.columns = columns
    self.color = color
  }

  var text: String {
    let groups = FindingGroup.groups(of: runs)
    return (runs.count == 1 ? groups.map(full) : comparison(groups)).joined() + theoryNotes
  }

  // MARK: One run

  private func full(_ group: FindingGroup) -> String {
    paragraph("\(group.severity.rawValue): \(group.worst.finding.message)\(others(group)) [\(group.rule)]", group.severity)
  }

  /// Names the layers of the run's other findings of the kind.
  private func others(_ group: FindingGroup) -> String {
    let others = group.othersInWorstRun
    guard !others.isEmpty, runs.indices.contains(group.worst.run) else { return "" }
    let layers = runs[group.worst.run].layers
    let own = Set(group.worst.finding.layers)
    let names = Set(others.flatMap(\.layers)).subtracting(own).sorted().compactMap { index in
      layers.first { $0.index == index }?.name
    }
    let count = others.count == 1 ? "1 more finding" : "\(others.count) more findings"
    return names.isEmpty ? " (\(count) like it.)" : " (\(count) like it, in \(NameList.text(names)).)"
  }

  // MARK: Several runs

  private func comparison(_ groups: [FindingGroup]) -> [String] {
    let told = groups.filter { $0.severity != .note }
    var isShortened = false
    let all = alike(told)
    let errors = min(Self.mostErrors, all.count { $0[0].severity == .error })
    let shown = all.prefix(max(mostParagraphs, errors))
    var paragraphs = shown.map { groups in
      let (text, isWhole) = groups.count == 1 ? short(groups[0]) : together(groups)
      isShortened = isShortened || !isWhole
      return paragraph(text, groups[0].severity)
    }
    func count(_ severity: Finding.Severity) -> Int {
      all.dropFirst(shown.count).joined().filter { $0.severity == severity }.reduce(0) { $0 + $1.members.count }
    }
    let notes = groups.filter { $0.severity == .note }.reduce(0) { $0 + $1.members.count }
    let counts = [(count(.error), "error"), (count(.warning), "warning"), (notes, "note")]
    let left =
      counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" } + (isShortened ? ["the full texts"] : [])
    if !left.isEmpty {
      paragraphs.append(
        paragraph("For \(NameList.text(left)), audit one initializer alone, or use --json.", .note))
    }
    return paragraphs
  }

  /// Neighbours that are true of the same initializers, such as activations that shrink and gradients that do, with the same
  /// worst one.
  private func alike(_ groups: some Sequence<FindingGroup>) -> [[FindingGroup]] {
    groups.reduce(into: []) { lists, group in
      if let last = lists.last?.last, last.severity == group.severity, last.runs == group.runs,
        last.worst.run == group.worst.run
      {
        lists[lists.count - 1].append(group)
      } else {
        lists.append([group])
      }
    }
  }

  /// Several groups in one paragraph: the first sentence of each.
  private func together(_ groups: [FindingGroup]) -> (text: String, isWhole: Bool) {
    let sentences = groups.map { Sentences.split($0.worst.finding.message) }
    let told = zip(sentences, groups).map { "\($0.first ?? "") [\($1.rule)]" }
    let isWhole = sentences.allSatisfy { $0.count == 1 } && groups.allSatisfy(\.othersInWorstRun.isEmpty)
    return (head(groups[0]) + told.joined(separator: " "), isWhole)
  }

  private func head(_ group: FindingGroup) -> String {
    let names = NameList.text(group.runs, of: runs.map(\.initializer))
    let example = group.runs.count > 1 ? " (worst: \(group.worst.initializer))" : ""
    return "\(group.severity.rawValue): \(names)\(example): "
  }

  /// As many sentences as two lines hold, the first in any case; and whether these are all.
  private func short(_ group: FindingGroup) -> (text: String, isWhole: Bool) {
    let head = head(group), tail = " [\(group.rule)]"
    let sentences = Sentences.split(group.worst.finding.message)
    var shown = sentences.prefix(1).joined()
    for sentence in sentences.dropFirst() {
      let longer = shown + " " + sentence
      guard Paragraph.lineCount(head + longer + tail, columns: columns, indent: 2) <= Self.mostLines else {
        return (head + shown + tail, false)
      }
      shown = longer
    }
    return (head + shown + tail, group.othersInWorstRun.isEmpty)
  }

  // MARK: Theory

  /// The reason depends on the network more than on the initializer: said once. Where theory is silent on some initializers
  /// of a comparison only, their empty cells and the legend say it.
  private var theoryNotes: String {
    guard runs.count == 1 || runs.allSatisfy({ $0.theoryNote != nil }) else { return "" }
    var reasons: [(note: String, runs: [Int])] = []
    for (place, run) in runs.enumerated() {
      guard let note = run.theoryNote else { continue }
      if let known = reasons.firstIndex(where: { $0.note == note }) {
        reasons[known].runs.append(place)
      } else {
        reasons.append((note, [place]))
      }
    }
    return reasons.map { reason in
      let names = reason.runs.count == runs.count ? "" : " for " + NameList.text(reason.runs, of: runs.map(\.initializer))
      return paragraph("theory\(names): \(reason.note).", .note)
    }.joined()
  }

  private func paragraph(_ text: String, _ severity: Finding.Severity) -> String {
    let wrapped = Paragraph.wrap(text, columns: columns, indent: 2)
    guard color else { return wrapped }
    switch severity {
    case .error: return wrapped.red
    case .warning: return wrapped.yellow
    case .note: return wrapped
    }
  }
}
