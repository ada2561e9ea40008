import InitScope
import Rainbow

/// What the rules found, one paragraph a finding with its rule's name for `initscope explain`; and why theory is silent.
struct FindingList {
  let runs: [InitializerRun]
  let columns: Int
  let color: Bool

  init(_ runs: [InitializerRun], columns: Int, color: Bool) {
    self.runs = runs
    self.columns = columns
    self.color = color
  }

  var text: String {
    var paragraphs: [String] = []
    // A comparison is for choosing: there the notes are counted.
    let showsNotes = runs.count == 1
    var notes = 0
    for run in runs {
      for finding in run.findings {
        if finding.severity == .note && !showsNotes {
          notes += 1
          continue
        }
        let text = "\(finding.severity.rawValue): \(run.initializer): \(finding.message) [\(finding.rule)]"
        paragraphs.append(paragraph(text, finding.severity))
      }
    }
    if notes > 0 {
      let count = notes == 1 ? "1 note" : "\(notes) notes"
      paragraphs.append(paragraph("\(count) more: audit one initializer alone, or print --json, to read.", .note))
    }
    // The reason depends on the network more than on the initializer: said once.
    var reasons: [(note: String, initializers: [String])] = []
    for run in runs {
      guard let note = run.theoryNote else { continue }
      if let place = reasons.firstIndex(where: { $0.note == note }) {
        reasons[place].initializers.append(run.initializer)
      } else {
        reasons.append((note, [run.initializer]))
      }
    }
    for reason in reasons {
      let names = reason.initializers.count == runs.count ? "" : reason.initializers.joined(separator: ", ") + ": "
      paragraphs.append(paragraph("theory: \(names)\(reason.note).", .note))
    }
    return paragraphs.joined()
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
