import NumberText
import SignalPropagation
import TrainingRuns

/// Draws the table under the curves: a sample of each line, final figures, and the audit's values before the first step.
package struct CurveLegend {
  private static let rowHeight = 24.0
  private static let headHeight = 44.0
  private static let gap = 26.0
  private static let nameStyle = TextStyle(13)
  private static let numberStyle = TextStyle(13, tabular: true)
  private static let headStyle = TextStyle(12, color: .quiet)

  private struct Column {
    /// Two lines: the group's title, and the column's own.
    var group: String
    var title: String
    var cells: [String]
  }

  /// What stands under the titles of a group, each title before its cells.
  package func entries(of group: String) -> [[String]] {
    columns.filter { $0.group == group }.map { [$0.title] + $0.cells }
  }

  private let columns: [Column]
  private let names: [String]

  package init(_ document: TrainingDocument, shown: [Int]) {
    let report = document.report, rows = shown.map { report.summary[$0] }
    names = rows.map(\.initializer)
    let hasAccuracy = report.runs.contains { run in run.epochs.contains { $0.accuracy != nil } }
    var columns: [Column] = [
      Column(
        group: "last epoch", title: "loss",
        cells: zip(rows, FigureNumber.column(rows.map { $0.diverged == report.seeds ? nil : $0.loss?.mean })).map {
          $0.diverged == report.seeds ? "diverged" : $1 ?? "–"
        })
    ]
    func accuracy(_ estimate: TrainingReport.Estimate?) -> String {
      guard let estimate else { return "–" }
      func percent(_ value: Double) -> String { FigureNumber.fixed(value * 100, 1) }
      // Two seeds have no interval: both values say more.
      if estimate.interval == nil, estimate.count == 2 {
        return "\(percent(estimate.lowest))%, \(percent(estimate.highest))%"
      }
      let mean = percent(estimate.mean) + "%"
      guard let interval = estimate.interval else { return mean }
      if let half = estimate.symmetricHalf { return mean + " ±" + percent(half) }
      return mean + " (\(percent(interval[0])) to \(percent(interval[1])))"
    }
    if hasAccuracy, document.data.validation != nil {
      columns.append(Column(group: "accuracy", title: "validation", cells: rows.map { accuracy($0.validationAccuracy) }))
    }
    if hasAccuracy, document.data.test != nil {
      columns.append(Column(group: "accuracy", title: "test", cells: rows.map { accuracy($0.testAccuracy) }))
    }
    if let target = report.target {
      let isWhole = rows.allSatisfy { $0.epochsToTarget.map { $0 == $0.rounded() } ?? true }
      columns.append(
        Column(
          group: "epochs to", title: FigureNumber.significant(target * 100) + "%",
          cells: rows.map { row in
            let share = row.reachedTarget < report.seeds ? " (\(row.reachedTarget)/\(report.seeds))" : ""
            return row.epochsToTarget.map { FigureNumber.plain($0, isWhole ? 0 : 1) + share } ?? "never"
          }))
    }
    if rows.count > 1, report.seeds > 1 {
      columns.append(
        Column(
          group: "against best", title: "p",
          cells: rows.map { row in
            if row.isBest { return "best" }
            return row.pValue.map { $0 < 0.001 ? "<0.001" : FigureNumber.fixed($0, 3) } ?? "–"
          }))
    }
    if rows.contains(where: { $0.diverged > 0 }) {
      columns.append(Column(group: "seeds", title: "diverged", cells: rows.map { "\($0.diverged) of \(report.seeds)" }))
    }
    columns += Self.audit(document, shown) + Self.verdict(document, shown)
    self.columns = columns
  }

  /// " ±1.2", or " (34.0 to 100)" where a Student interval of few seeds passes what an accuracy can be, and is cut there.
  package static func spread(_ interval: [Double]?) -> String {
    guard let interval, interval.count == 2, interval.allSatisfy(\.isFinite) else { return "" }
    if interval[0] >= 0, interval[1] <= 1 { return " ±" + FigureNumber.fixed((interval[1] - interval[0]) * 50, 1) }
    let ends = interval.map { value in
      value <= 0 ? "0" : value >= 1 ? "100" : FigureNumber.fixed(value * 100, 1)
    }
    return " (\(ends[0]) to \(ends[1]))"
  }

  private static func audit(_ document: TrainingDocument, _ shown: [Int]) -> [Column] {
    let starts = shown.map { document.stepZero($0) }
    guard starts.contains(where: { $0 != nil }) else { return [] }
    let group = "audit at step 0"
    var columns: [Column]
    if starts.contains(where: { $0?.forwardGrowth != nil || $0?.backwardGrowth != nil }) {
      columns = [
        Column(
          group: group, title: "growth per layer, forward",
          cells: factors(starts.map { $0?.forwardGrowth })),
        Column(group: group, title: "backward", cells: factors(starts.map { $0?.backwardGrowth })),
      ]
    } else {
      columns = [
        Column(
          group: group, title: "mean square of activations, last layer",
          cells: FigureNumber.column(ofPowers: starts.map { $0?.lastActivation }).map { $0 ?? "no signal" }),
        Column(
          group: group, title: "of gradients, first layer",
          cells: FigureNumber.column(ofPowers: starts.map { $0?.firstGradient }).map { $0 ?? "no signal" }),
      ]
    }
    if starts.contains(where: { $0?.loss != nil }) {
      columns.append(
        Column(group: group, title: "loss", cells: FigureNumber.column(starts.map { $0?.loss }).map { $0 ?? "–" }))
    }
    return columns
  }

  private static func factors(_ growths: [InitializerRun.Growth?]) -> [String] {
    FigureNumber.column(ofPowers: growths.map { $0?.log10 }).map { $0.map { "×" + $0 } ?? "–" }
  }

  /// What was predicted before the first step, and what came of it after 300; nothing without a verdict.
  private static func verdict(_ document: TrainingDocument, _ shown: [Int]) -> [Column] {
    let predictions = shown.map { document.prediction($0) }
    guard predictions.contains(where: { $0 != nil }) else { return [] }
    var columns = [
      Column(group: "verdict", title: "before training", cells: predictions.map { VerdictLabel($0?.verdict).phrase })
    ]
    let learned = shown.map { document.learned($0) }
    if learned.contains(where: { $0 != nil }) {
      columns.append(
        Column(
          group: "verdict", title: "learned in 300 steps",
          cells: learned.map { result in
            result.map { $0.count == $0.of ? "yes" : $0.count == 0 ? "no" : "\($0.count) of \($0.of)" } ?? "–"
          }))
    }
    return columns
  }

  var height: Double { Self.headHeight + Double(names.count) * Self.rowHeight }

  /// Room for a sample of each line, before its name.
  private static let sample = 44.0

  /// The width at which nothing is cut off.
  package func width(_ ruler: Canvas) -> Double {
    Self.sample + nameWidth(ruler) + widths(ruler).reduce(0) { $0 + $1 + Self.gap }
  }

  private func nameWidth(_ ruler: Canvas) -> Double { names.map { ruler.width(of: $0, Self.nameStyle) }.max() ?? 0 }

  private func widths(_ ruler: Canvas) -> [Double] {
    var widths = columns.map { column in
      max(
        ruler.width(of: column.title, Self.headStyle),
        column.cells.map { ruler.width(of: $0, Self.numberStyle) }.max() ?? 0)
    }
    // A group's title has the width of its columns; what is missing is added to the first.
    for group in groups {
      let room = widths[group].reduce(0, +) + Self.gap * Double(group.count - 1)
      widths[group.lowerBound] += max(0, ruler.width(of: columns[group.lowerBound].group, Self.headStyle) - room)
    }
    return widths
  }

  func draw(at origin: Point, on canvas: Canvas) {
    let sample = Self.sample
    let widths = widths(canvas)
    let nameRoom = nameWidth(canvas)
    var right = origin.x + sample + nameRoom
    var edges: [Double] = []
    for width in widths {
      right += Self.gap + width
      edges.append(right)
    }
    drawHeads(edges, widths, at: origin, on: canvas)
    for (row, name) in names.enumerated() {
      let y = ChartFrame.crisp(origin.y + Self.headHeight + (Double(row) + 0.5) * Self.rowHeight)
      let style = SeriesStyle.categorical(row)
      canvas.line(Point(origin.x, y), Point(origin.x + 34, y), style.color, width: 2.2, dash: style.dash)
      canvas.mark(style.marker, at: Point(origin.x + 17, y), style.color)
      canvas.text(
        canvas.fitted(name, Self.nameStyle, to: nameRoom), at: Point(origin.x + sample, y), Self.nameStyle,
        vertical: .middle)
      for (column, edge) in zip(columns, edges) {
        canvas.text(column.cells[row], at: Point(edge, y), Self.numberStyle, anchor: .end, vertical: .middle)
      }
    }
  }

  /// Ranges of neighbouring columns of one group.
  private var groups: [Range<Int>] {
    var result: [Range<Int>] = []
    for index in columns.indices {
      if let last = result.last, columns[last.lowerBound].group == columns[index].group {
        result[result.count - 1] = last.lowerBound..<(index + 1)
      } else {
        result.append(index..<(index + 1))
      }
    }
    return result
  }

  /// Draws the titles over their columns; a group's title over all of its columns, with a line where there are several.
  private func drawHeads(_ edges: [Double], _ widths: [Double], at origin: Point, on canvas: Canvas) {
    for (column, edge) in zip(columns, edges) {
      canvas.text(column.title, at: Point(edge, origin.y + 34), Self.headStyle, anchor: .end)
    }
    for group in groups {
      let left = edges[group.lowerBound] - widths[group.lowerBound], right = edges[group.upperBound - 1]
      let name = columns[group.lowerBound].group
      guard group.count > 1 else {
        canvas.text(name, at: Point(right, origin.y + 13), Self.headStyle, anchor: .end)
        continue
      }
      canvas.text(name, at: Point((left + right) / 2, origin.y + 13), Self.headStyle, anchor: .middle)
      let y = ChartFrame.crisp(origin.y + 18)
      canvas.line(Point(left, y), Point(right, y), .grid)
    }
  }
}
