import InitScope
import Rainbow

/// What the rules found, a paragraph for each rule and cause with the rule's name for `initscope explain`; and why theory is
/// silent.
///
/// One run is told in full. A comparison of several is for choosing among them: each paragraph tells what is true of the
/// worst initializer, ends where two lines are full, and names the others of which the rule found the same. Notes are
/// counted.
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
    let room = max(mostParagraphs, errors), namesakes = namesakes(of: told)
    let shown = all.enumerated().compactMap { place, groups -> [FindingGroup]? in
      if place < room { return groups }
      let own = groups.filter { group in namesakes.contains { $0 == group } }
      return own.isEmpty ? nil : own
    }
    var paragraphs = shown.map { groups in
      let (text, isWhole) = groups.count == 1 ? short(groups[0]) : together(groups)
      isShortened = isShortened || !isWhole
      return paragraph(text, groups[0].severity)
    }
    let hidden = told.filter { group in !shown.joined().contains { $0 == group } }
    func count(_ severity: Finding.Severity) -> Int {
      (severity == .note ? groups : hidden).filter { $0.severity == severity }.reduce(0) { $0 + $1.members.count }
    }
    let counts = [(count(.error), "error"), (count(.warning), "warning"), (count(.note), "note")].filter { $0.0 > 0 }
    if let text = remainder(counts, isShortened: isShortened) { paragraphs.append(paragraph(text, .note)) }
    return paragraphs
  }

  /// "2 warnings and 3 notes are not shown. To see them, audit one initializer, or use --json."; nil where all is told.
  private func remainder(_ counts: [(count: Int, name: String)], isShortened: Bool) -> String? {
    let names = NameList.text(counts.map { "\($0.count) \($0.name)\($0.count == 1 ? "" : "s")" })
    let isOne = counts.count == 1 && counts[0].count == 1
    let hidden = "\(names) \(isOne ? "is" : "are") not shown"
    let way = "audit one initializer, or use --json."
    switch (counts.isEmpty, isShortened) {
    case (true, false): return nil
    case (true, true): return "Texts are shortened. To see them in full, \(way)"
    case (false, false): return "\(hidden). To see \(isOne ? "it" : "them"), \(way)"
    case (false, true): return "\(hidden), and texts are shortened. To see all, \(way)"
    }
  }

  /// The groups after which verdicts name their status: a verdict whose reason is nowhere to be read helps nobody.
  private func namesakes(of groups: [FindingGroup]) -> [FindingGroup] {
    runs.enumerated().compactMap { place, run in
      guard let status = run.verdict?.status, status != .healthy else { return nil }
      return groups.first { $0.runs.contains(place) && RuleCatalogue.rule(named: $0.rule)?.status == status }
    }
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
    let isWhole =
      sentences.allSatisfy { $0.count == 1 } && groups.allSatisfy { $0.othersInWorstRun.isEmpty && $0.runs.count == 1 }
    return (head(groups[0]) + told.joined(separator: " ") + also(groups[0]), isWhole)
  }

  /// Whom the text is about: the worst, since a number in it is that one's; all where they share it.
  private func head(_ group: FindingGroup) -> String {
    let subject = isShared(group) ? NameList.text(group.runs, of: runs.map(\.initializer)) : group.worst.initializer
    return "\(group.severity.rawValue): \(subject): "
  }

  /// Whether the group's initializers all have the same text.
  private func isShared(_ group: FindingGroup) -> Bool {
    group.members.allSatisfy { $0.finding.message == group.worst.finding.message }
  }

  /// ` Also found in glorot_uniform and glorot_normal.`; empty where the text is about all.
  private func also(_ group: FindingGroup) -> String {
    let others = group.runs.filter { $0 != group.worst.run }
    guard !others.isEmpty, !isShared(group) else { return "" }
    let free = runs.indices.filter { !group.runs.contains($0) }
    let names = { (places: [Int]) in NameList.text(places.map { runs[$0].initializer }) }
    // Names of the few that are free of it are shorter.
    let list =
      others.count <= 3 || free.count > 2 ? names(others) : "all others" + (free.isEmpty ? "" : " except \(names(free))")
    return " Also found in \(list)."
  }

  /// As many sentences as two lines hold, the first in any case; and whether these are all.
  private func short(_ group: FindingGroup) -> (text: String, isWhole: Bool) {
    let head = head(group), tail = " [\(group.rule)]\(also(group))"
    let sentences = Sentences.split(group.worst.finding.message)
    var shown = sentences.prefix(1).joined()
    for sentence in sentences.dropFirst() {
      let longer = shown + " " + sentence
      guard Paragraph.lineCount(head + longer + tail, columns: columns, indent: 2) <= Self.mostLines else {
        return (head + shown + tail, false)
      }
      shown = longer
    }
    return (head + shown + tail, group.othersInWorstRun.isEmpty && (isShared(group) || group.runs.count == 1))
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
      let names = reason.runs.count == runs.count ? nil : NameList.text(reason.runs, of: runs.map(\.initializer))
      let isPredicted = reason.runs.contains { place in
        runs[place].layers.contains { $0.activation.theory != nil || $0.preactivation.theory != nil }
      }
      let note = reason.note.hasPrefix(Self.noPrediction) ? reason.note.dropFirst(Self.noPrediction.count) : reason.note[...]
      // What theory gives stands in the table: the note says what it does not give.
      return paragraph(
        isPredicted
          ? names.map { "\($0): \(note)." } ?? "\(note.prefix(1).uppercased() + note.dropFirst())."
          : "No theory for \(names ?? "this model"): \(note).", .note)
    }.joined()
  }

  /// What some notes begin with, and the sentence says already.
  private static let noPrediction = "no prediction: "

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
