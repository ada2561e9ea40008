import InitScope
import NumberText
import Rainbow

/// What the verdict predicted of each initializer, and beside it what came of it after 300 steps of this training.
struct VerdictOutcome {
  let document: TrainingDocument
  /// Whether the columns are explained.
  let legend: Bool
  let columns: Int
  let color: Bool

  private var report: TrainingReport { document.report }

  init(_ document: TrainingDocument, legend: Bool = false, columns: Int, color: Bool) {
    self.document = document
    self.legend = legend
    self.columns = columns
    self.color = color
  }

  /// Empty where there is no verdict.
  var text: String {
    guard report.summary.indices.contains(where: { document.prediction($0) != nil }) else { return "" }
    let title = Paragraph.wrap("What the verdict predicted, and what came of it", columns: columns, indent: 0)
    return (color ? title.bold : title) + TextTable.fitting(columns, Layout.all, make: table).render(color: color)
      + notes.map { Paragraph.wrap($0, columns: columns, indent: 2) }.joined()
  }

  // MARK: Table

  private struct Layout {
    var nameWidth: Int
    var gap: Int
    var status = true
    var intervals = true

    static let all = [
      Layout(nameWidth: 40, gap: 2), Layout(nameWidth: 24, gap: 2), Layout(nameWidth: 20, gap: 2),
      Layout(nameWidth: 20, gap: 1), Layout(nameWidth: 16, gap: 1), Layout(nameWidth: 20, gap: 1, status: false),
      Layout(nameWidth: 12, gap: 1, status: false), Layout(nameWidth: 16, gap: 1, status: false, intervals: false),
      Layout(nameWidth: 10, gap: 1, status: false, intervals: false),
    ]
  }

  private var hasOutcome: Bool { report.summary.contains { $0.trainingAccuracyAt300Steps != nil } }
  private var hasExpected: Bool {
    report.summary.indices.contains {
      document.prediction($0).map { $0.expectedAccuracy != nil && $0.learnedAccuracy != nil } ?? false
    }
  }

  private func table(_ layout: Layout) -> TextTable {
    var heads: [TextTable.Column] = [.init("initializer", .left)]
    if layout.status { heads.append(.init("verdict", .left)) }
    heads += [.init("trains", .left), .init("sure"), .init("best rate"), .init("expected")]
    if hasExpected { heads.append(.init("at \(TableNumber.plain(document.learningRate, 3))")) }
    if hasOutcome { heads += [.init("reached", .left), .init("learned")] }
    var table = TextTable(heads)
    table.gap = layout.gap
    let names = TextTable.fit(specifications: report.summary.map(\.initializer), layout.nameWidth)
    for (index, row) in report.summary.enumerated() {
      guard let prediction = document.prediction(index) else { continue }
      let verdict = prediction.verdict
      var cells: [TextTable.Cell] = [.init(names[index])]
      if layout.status { cells.append(.init(verdict.statusText, verdict.status == .healthy ? .green : .red)) }
      cells += [
        Self.outcome(verdict), .init(percent(verdict.confidence)),
        .init(verdict.learningRate.map { TableNumber.plain($0, 3) } ?? "-"),
        // Answers that are numbers have no accuracy.
        .init(percent(prediction.learnedAccuracy == nil ? nil : prediction.bestAccuracy)),
      ]
      if hasExpected { cells.append(.init(percent(prediction.expectedAccuracy))) }
      if hasOutcome {
        cells.append(
          .init(
            row.trainingAccuracyAt300Steps.map {
              EstimateText(isShare: true).text($0, interval: layout.intervals)
            } ?? "diverged"))
        cells.append(learned(index, verdict))
      }
      table.add(cells)
    }
    return table
  }

  private static func outcome(_ verdict: Verdict) -> TextTable.Cell {
    switch verdict.trains {
    case true?: .init("yes", .green)
    case false?: .init("no", .red)
    case nil: .init("unknown", .yellow)
    }
  }

  private func percent(_ accuracy: Double?) -> String { accuracy.map { TableNumber.percent($0) } ?? "-" }

  private func learned(_ index: Int, _ verdict: Verdict) -> TextTable.Cell {
    guard let (count, all) = document.learned(index) else { return .init("-") }
    let text = all == 1 ? count == 1 ? "yes" : "no" : count == 0 ? "no" : count == all ? "yes" : "\(count) of \(all)"
    return .init(text, count == all ? .green : count == 0 ? .red : .yellow)
  }

  // MARK: Words

  private var notes: [String] {
    let share = report.summary.indices.compactMap { document.prediction($0)?.learnedAccuracy }.first
    let level = share.map { " of \(TableNumber.percent($0))" } ?? ""
    let explanation = [
      "trains: whether plain SGD with batches of 128 is predicted to reach a training accuracy\(level) in 300 steps, at the "
        + "best of the learning rates 0.001, 0.01, 0.1 and 1; sure: how likely that is to be right; best rate, expected: "
        + "that rate, and the accuracy expected there"
        + (hasExpected ? "; at \(TableNumber.plain(document.learningRate, 3)): at the rate of this training." : ".")
    ]
    var notes = legend ? explanation : []
    if hasOutcome {
      if legend {
        notes.append(
          "reached: training accuracy of this training after 300 steps; learned: whether that "
            + "is\(share.map { " \(TableNumber.percent($0))" } ?? " enough") or more."
        )
      }
    } else if share == nil {
      notes.append("The answers are numbers, so that there is no accuracy to compare with.")
    } else if document.steps < TrainingRun.verdictSteps {
      notes.append(
        "This training has \(document.steps) \(document.steps == 1 ? "step" : "steps"), too few to compare: "
          + "the verdict is about 300."
      )
    } else {
      notes.append("Every run diverged before step 300.")
    }
    if let differences, hasOutcome || share != nil {
      notes.append("This training differs from what the verdict is about: \(differences).")
    }
    return notes
  }

  /// "adam(lr=0.001) in place of plain SGD, and batches of 32 in place of 128"; nil where there are none.
  private var differences: String? {
    let all = document.differencesFromVerdict
    guard let last = all.last else { return nil }
    return all.count == 1 ? last : all.dropLast().joined(separator: ", ") + ", and " + last
  }
}
