import Foundation
import InitScope
import NumberText

/// What experiments say of numbers: estimates with intervals, and paired comparisons.
enum ExperimentText {
  /// The chance that a comparison which finds a difference where there is none is allowed, over all of one experiment's.
  static let falseAlarm = 0.05

  static func number(_ value: Double, _ decimals: Int = 4) -> String { TableNumber.fixed(value, decimals) }

  static func signed(_ value: Double, _ decimals: Int = 4) -> String {
    (value > 0 ? "+" : "") + number(value, decimals)
  }

  static func interval(_ estimate: TrainingReport.Estimate?, _ decimals: Int = 4) -> String {
    guard let estimate else { return "-" }
    guard let bounds = estimate.interval else {
      return estimate.count == 2 ? "\(number(estimate.lowest, decimals)), \(number(estimate.highest, decimals))" : "-"
    }
    return "\(number(bounds[0], decimals)) to \(number(bounds[1], decimals))"
  }

  /// "1 epoch", "5 epochs".
  static func epochs(_ count: Int) -> String { count == 1 ? "1 epoch" : "\(count) epochs" }

  static func band(_ estimate: TrainingReport.Estimate?) -> (low: Double, high: Double)? {
    estimate?.interval.map { ($0[0], $0[1]) }
  }

  static func probability(_ p: Double) -> String { p < 0.0001 ? "p < 0.0001" : "p = \(number(p, p < 0.01 ? 4 : 2))" }

  /// What a paired Student test over seeds says of two conditions.
  struct Comparison {
    var mean: Double
    var bounds: [Double]?
    var deviation: Double?
    var p: Double?
    /// Whether the difference is told from chance, at the false-alarm rate shared among `tests` comparisons.
    var isShown: Bool
    var pairs: Int
  }

  /// Nil where a run of either diverged: what remains of its seeds would be a selection.
  static func compare(_ first: [Double?], _ second: [Double?], tests: Int = 1) -> Comparison? {
    let differences = zip(first, second).compactMap { pair -> Double? in
      guard let a = pair.0, let b = pair.1 else { return nil }
      return a - b
    }
    guard differences.count == first.count, let estimate = TrainingReport.Estimate(differences) else { return nil }
    let p = estimate.interval == nil ? nil : Estimators.pairedStudent(differences)
    let squares = differences.reduce(0) { $0 + ($1 - estimate.mean) * ($1 - estimate.mean) }
    return Comparison(
      mean: estimate.mean, bounds: estimate.interval,
      deviation: differences.count > 1 ? (squares / Double(differences.count - 1)).squareRoot() : nil, p: p,
      isShown: (p ?? 1) < falseAlarm / Double(max(1, tests)), pairs: differences.count)
  }

  /// What is said in place of conclusions where too little was run.
  static let nothingFollows =
    "Too little was run for any conclusion: a quick run only shows that the experiment works. Leave --quick out for the "
    + "experiment itself."

  /// "A against B, test accuracy: +0.0012 (95% interval -0.0010 to +0.0034, p = 0.21, 5 seeds): no difference is shown."
  static func sentence(
    _ first: ExperimentReport.Score, _ second: ExperimentReport.Score, tests: Int = 1, decimals: Int = 4,
    unit: String = "seeds"
  ) -> String {
    let head = "\(first.group.isEmpty ? "" : first.group + ": ")\(first.name) against \(second.name), \(first.quantity): "
    guard let c = compare(first.values, second.values, tests: tests) else {
      let diverged = (first.values + second.values).count { $0 == nil }
      return head + "\(diverged) of \(first.values.count + second.values.count) runs diverged, so that nothing is tested."
    }
    if c.pairs > 1, c.mean == 0, c.deviation == 0 { return head + "the same in all \(c.pairs) \(unit)." }
    guard let bounds = c.bounds, let p = c.p else {
      let unit = c.pairs == 1 ? String(unit.dropLast()) : unit
      return head + "\(signed(c.mean, decimals)) on average over \(c.pairs) \(unit), too few to tell it from chance."
    }
    let verdict = !c.isShown ? "no difference is shown" : c.mean > 0 ? "\(first.name) is higher" : "\(first.name) is lower"
    return head
      + "\(signed(c.mean, decimals)) (95% interval \(signed(bounds[0], decimals)) to \(signed(bounds[1], decimals)), "
      + "\(probability(p)), \(c.pairs) \(unit)): \(verdict)."
  }

  static let multiplicityStart = "A difference counts as shown where"

  static func multiplicity(_ tests: Int) -> String? {
    tests > 1
      ? "\(multiplicityStart) p < \(number(falseAlarm / Double(tests), 4)): \(number(falseAlarm, 2)) "
        + "shared among \(tests) comparisons (Bonferroni)."
      : nil
  }

  /// A table of scores: mean, 95% Student interval, runs.
  static func table(_ title: String, _ scores: [ExperimentReport.Score], decimals: Int = 4) -> ExperimentReport.Table {
    let groups = Set(scores.map(\.group)).count > 1
    // Where too few runs have none, the lowest and the highest say all.
    let hasInterval = scores.contains { $0.estimate?.interval != nil }
    var columns = ["condition", "mean", "lowest", "highest", "diverged"]
    if hasInterval { columns.insert("95% interval", at: 2) }
    if groups { columns.insert("network", at: 0) }
    let rows = scores.map { score -> [String] in
      let values = score.values.compactMap(\.self)
      func text(_ value: Double?) -> String { value.map { number($0, decimals) } ?? "-" }
      var row = [score.name, text(score.estimate?.mean), text(values.min()), text(values.max())]
      row.append("\(score.values.count - values.count) of \(score.values.count)")
      if hasInterval { row.insert(interval(score.estimate, decimals), at: 2) }
      if groups { row.insert(score.group, at: 0) }
      return row
    }
    return ExperimentReport.Table(title, columns, rows)
  }

  /// How much room a table takes.
  private struct Layout {
    var gap: Int
    /// Columns of a name.
    var name = Int.max
    /// Whether the least and the greatest value stand beside the interval.
    var extremes = true

    static let all = [
      Layout(gap: 2), Layout(gap: 1), Layout(gap: 2, extremes: false), Layout(gap: 1, extremes: false),
      Layout(gap: 1, name: 36, extremes: false), Layout(gap: 1, name: 30, extremes: false),
      Layout(gap: 1, name: 24, extremes: false), Layout(gap: 1, name: 16, extremes: false),
    ]
  }

  private static func table(_ table: ExperimentReport.Table, _ layout: Layout) -> TextTable {
    let kept = table.columns.indices.filter { layout.extremes || !["lowest", "highest"].contains(table.columns[$0]) }
    let isName = table.columns.indices.map { index in
      index < 2 && table.rows.allSatisfy { Double($0[index]) == nil && !$0[index].contains(" to ") }
    }
    var rendered = TextTable(kept.map { .init(table.columns[$0], isName[$0] ? .left : .right) })
    rendered.gap = layout.gap
    for row in table.rows {
      rendered.add(kept.map { .init(isName[$0] ? TextTable.fit(row[$0], layout.name) : row[$0]) })
    }
    return rendered
  }

  /// The whole of what is printed.
  static func render(_ report: ExperimentReport, color: Bool, columns: Int) -> String {
    func wrap(_ text: String) -> String { Paragraph.wrap(text, columns: columns, indent: 0) }
    var text = wrap("\(report.name): \(report.summary)") + wrap("Source: \(report.source).")
    text += wrap("The original: \(report.original)")
    text += wrap("Data: \(report.data). Seeds: \(report.seeds), from \(report.seed).")
    if report.isQuick { text += wrap("QUICK RUN: fewer seeds, epochs and samples than the experiment itself takes.") }
    for note in report.notes { text += wrap(note) }
    for table in report.tables {
      let fitting = TextTable.fitting(columns, Layout.all) { Self.table(table, $0) }
      text += "\n" + wrap(table.title) + fitting.render(color: color)
    }
    if report.isQuick {
      text += "\n" + report.conclusions.map(wrap).joined()
    } else if !report.conclusions.isEmpty {
      text += "\nWhat follows from these numbers\n"
      for conclusion in report.conclusions {
        let wrapped = Paragraph.wrap(conclusion, columns: columns, indent: 2)
        text += "- " + wrapped.dropFirst(2)
      }
    }
    return text
  }
}

extension ExperimentReport {
  /// Leaves what was measured and takes back what was made of it.
  mutating func drawsNoConclusions() {
    conclusions = [ExperimentText.nothingFollows]
    notes.removeAll { $0.hasPrefix(ExperimentText.multiplicityStart) }
  }
}

extension TrainingRun {
  /// The last epoch's, nil for a run that diverged.
  var lastValidationAccuracy: Double? { divergence == nil ? epochs.last?.validationAccuracy : nil }
  var lastTrainingAccuracy: Double? { divergence == nil ? epochs.last?.accuracy : nil }
  var lastLoss: Double? { divergence == nil ? epochs.last?.loss : nil }
}

extension CurveChart.Series {
  /// Mean over runs of a quantity by epoch, with its 95% Student interval from three runs on; runs that diverged end where
  /// they did.
  ///
  /// - Parameter range: What the quantity can be: no interval leaves it.
  static func epochs(
    _ name: String, _ style: SeriesStyle, _ runs: [TrainingRun], within range: ClosedRange<Double>,
    _ value: (TrainingRun.Epoch) -> Double?
  ) -> CurveChart.Series {
    let count = runs.map(\.epochs.count).max() ?? 0
    let samples: [CurveChart.Sample] = (0..<count).compactMap { epoch in
      let values = runs.compactMap { $0.epochs.count > epoch ? value($0.epochs[epoch]) : nil }.filter(\.isFinite)
      guard let estimate = TrainingReport.Estimate(values, within: range) else { return nil }
      return CurveChart.Sample(Double(epoch + 1), estimate.mean, band: ExperimentText.band(estimate))
    }
    return CurveChart.Series(name, style, samples)
  }
}

extension DotChart.Row {
  init(_ score: ExperimentReport.Score, _ style: SeriesStyle) {
    self.init(
      score.name, style, score.values.compactMap(\.self), interval: ExperimentText.band(score.estimate))
  }
}
