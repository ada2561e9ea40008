import InitScope
import Rainbow

/// What the rules found, a paragraph for each rule and cause with the rule's name for `initscope explain`; and why theory is
/// silent.
///
/// One run is told in full. A comparison of several is for choosing among them: each paragraph names the initializers that
/// it is true of, takes the worst as its example, and ends where two lines are full; notes are counted.
struct FindingList {
  /// Paragraphs of a comparison, errors first.
  private static let mostGroups = 8
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
    let shown = told.prefix(Self.mostGroups)
    var isShortened = false
    var paragraphs = shown.map { group in
      let (text, isWhole) = short(group)
      isShortened = isShortened || !isWhole
      return paragraph(text, group.severity)
    }
    func count(_ severity: Finding.Severity) -> Int {
      told.dropFirst(Self.mostGroups).filter { $0.severity == severity }.reduce(0) { $0 + $1.members.count }
    }
    let notes = groups.filter { $0.severity == .note }.reduce(0) { $0 + $1.members.count }
    let counts = [(count(.error), "error"), (count(.warning), "warning"), (notes, "note")]
    let left =
      counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" } + (isShortened ? ["full texts"] : [])
    if !left.isEmpty {
      paragraphs.append(
        paragraph("More (\(left.joined(separator: ", "))): audit one initializer alone, or print --json.", .note))
    }
    return paragraphs
  }

  /// As many sentences as two lines hold, the first in any case; and whether these are all.
  private func short(_ group: FindingGroup) -> (text: String, isWhole: Bool) {
    let names = NameList.text(group.runs, of: runs.map(\.initializer))
    let example = group.runs.count > 1 ? " (worst: \(group.worst.initializer))" : ""
    let head = "\(group.severity.rawValue): \(names)\(example): ", tail = " [\(group.rule)]"
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

  /// The reason depends on the network more than on the initializer: said once.
  private var theoryNotes: String {
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
      let names = reason.runs.count == runs.count ? "" : NameList.text(reason.runs, of: runs.map(\.initializer)) + ": "
      return paragraph("theory: \(names)\(reason.note).", .note)
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
