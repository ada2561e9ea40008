import InitScope
import NumberText
import Rainbow

/// What a gate forbids, as a person reads it on a terminal: worst first, figures in a table, the rest in sentences.
struct GateTable {
  let result: GateResult
  let mostRows: Int
  let columns: Int
  let color: Bool

  init(_ result: GateResult, mostRows: Int, columns: Int, color: Bool) {
    self.result = result
    self.mostRows = mostRows
    self.columns = columns
    self.color = color
  }

  var text: String {
    let count = result.violations.count
    let verdict = count == 0 ? "keeps every bound" : count == 1 ? "1 violation" : "\(count) violations"
    let heading = Paragraph.wrap("\(result.network): \(verdict)", columns: columns, indent: 0)
    var text = color ? (count == 0 ? heading.green.bold : heading.red.bold) : heading
    text += Paragraph.wrap(
      "\(groupedNumber(result.comparisons)) comparisons at a false-alarm rate of "
        + "\(TableNumber.plain(result.falseAlarmRate, 3)) together, \(result.seeds) replicas, seed \(result.seed)",
      columns: columns, indent: 0)
    for run in result.runs { text += section(run) }
    return text
  }

  private func section(_ run: GateResult.Run) -> String {
    var text = ""
    let measured = run.violations.filter { $0.measured != nil }, told = run.violations.filter { $0.measured == nil }
    if result.runs.count > 1, !run.violations.isEmpty || !run.notes.isEmpty { text += "\n\(run.initializer)\n" }
    if !told.isEmpty { text += "\n" }
    for violation in told.prefix(mostRows) {
      let place = violation.kind == .finding ? "\(violation.subject): " : ""
      let wrapped = Paragraph.wrap(place + violation.message, columns: columns, indent: 2)
      text += color ? wrapped.red : wrapped
    }
    if !measured.isEmpty { text += "\n" + table(Array(measured.prefix(mostRows))) }
    let left = max(0, told.count - mostRows) + max(0, measured.count - mostRows)
    if left > 0 { text += "  and \(left) more: see --json\n" }
    if !run.notes.isEmpty { text += "\n" }
    for note in run.notes { text += Paragraph.wrap("note: \(note)", columns: columns, indent: 2) }
    return text
  }

  private func table(_ violations: [GateViolation]) -> String {
    let layouts = [(gap: 2, name: 24), (gap: 2, name: 16), (gap: 1, name: 16), (gap: 1, name: 10)]
    let table = TextTable.fitting(columns, layouts) { layout in
      var table = TextTable([
        .init("layer", .left), .init("what", .left), .init("measured"), .init("interval", .left), .init("bound", .left),
      ])
      table.gap = layout.gap
      for violation in violations {
        table.add([
          .init(TextTable.fit(violation.layer ?? "-", layout.name)),
          .init(violation.kind == .baseline ? violation.subject + "*" : violation.subject),
          .init(violation.measured.map(number) ?? "-", .red), .init(violation.interval.map(range) ?? "-"),
          .init(violation.bound.map(range) ?? "-"),
        ])
      }
      return table
    }
    let note = violations.contains { $0.kind == .baseline } ? "  * against the baseline\n" : ""
    return table.render(color: color) + note
  }

  private func number(_ value: Double) -> String { TableNumber.significant(value) }

  private func range(_ interval: Interval) -> String {
    if interval.low == interval.high { return number(interval.low) }
    if interval.high == .infinity { return ">= \(number(interval.low))" }
    if interval.low == -.infinity { return "<= \(number(interval.high))" }
    return "\(number(interval.low)) to \(number(interval.high))"
  }
}
