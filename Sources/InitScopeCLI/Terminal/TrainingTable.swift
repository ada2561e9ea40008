import Foundation
import InitScope
import NumberText
import Rainbow
import Spelling

/// A comparison by training as a person reads it: what an audit found at step 0, then the results, last above the prompt.
struct TrainingTable {
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

  var text: String {
    let outcome = VerdictOutcome(document, legend: legend, columns: columns, color: color).text
    let sections = [
      heading, findings, TextTable.fitting(columns, Layout.all, make: table).render(color: color),
      legend ? explanation : "", divergences.joined(), outcome,
    ]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var heading: String {
    let network = document.network, data = document.data
    let layers = network.layers.count
    let title =
      "\(network.name): \(layers) layer\(layers == 1 ? "" : "s"), \(groupedNumber(network.parameters)) parameters, "
      + "trained on \(TerminalText.safe(data.source))"
    let held = [("validation", data.validation), ("test", data.test)].compactMap { name, count in
      count.map { ", \(groupedNumber($0)) \(name)" }
    }
    let samples =
      "samples (\(data.scaling)): \(groupedNumber(data.training)) training" + held.joined()
      + (data.classNames.map { ", \(ClassNames.text($0.count, $0))" } ?? "") + "; \(report.loss)"
    let more =
      [document.clipping.map { "clipped by \($0)" }, document.stepsPerEpoch.map { "\($0) steps per epoch" }]
      + document.penalties.map { "\($0.penalty) on \($0.layer ?? "every layer")" }
    let detail =
      "\(report.optimizer), \(report.schedule) rate, \(report.epochs) epoch\(report.epochs == 1 ? "" : "s"), "
      + "batch \(report.batch), \(report.seeds) seed\(report.seeds == 1 ? "" : "s") from \(report.seed)"
      + more.compactMap(\.self).map { ", " + $0 }.joined()
    let time =
      TableNumber.significant(document.environment.seconds) + " s on \(document.environment.threads) "
      + "thread\(document.environment.threads == 1 ? "" : "s")" + (legend ? "" : ". --legend explains the columns.")
    let heading = Paragraph.wrap(title, columns: columns, indent: 0)
    return (color ? heading.bold : heading)
      + [samples, detail, time].map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
  }

  // MARK: Table

  private struct Layout {
    var nameWidth: Int
    var sparkline: Int
    var gap: Int
    var intervals = true

    static let all = [
      Layout(nameWidth: 40, sparkline: 10, gap: 2), Layout(nameWidth: 24, sparkline: 8, gap: 2),
      Layout(nameWidth: 20, sparkline: 8, gap: 2), Layout(nameWidth: 16, sparkline: 8, gap: 2),
      Layout(nameWidth: 24, sparkline: 8, gap: 1), Layout(nameWidth: 18, sparkline: 8, gap: 1),
      Layout(nameWidth: 16, sparkline: 6, gap: 1), Layout(nameWidth: 13, sparkline: 5, gap: 1),
      Layout(nameWidth: 10, sparkline: 5, gap: 1), Layout(nameWidth: 8, sparkline: 5, gap: 1),
      Layout(nameWidth: 10, sparkline: 5, gap: 1, intervals: false),
    ]
  }

  private var hasAccuracy: Bool { report.runs.contains { run in run.epochs.contains { $0.accuracy != nil } } }
  private var hasGrowth: Bool {
    report.summary.indices.contains {
      let start = document.stepZero($0)
      return start?.forwardGrowth != nil || start?.backwardGrowth != nil
    }
  }
  private var hasLossAtStart: Bool { report.summary.indices.contains { document.stepZero($0)?.loss != nil } }

  private func table(_ layout: Layout) -> TextTable {
    var heads: [TextTable.Column] = [.init("initializer", .left), .init("curve", .left), .init("loss")]
    if document.data.validation != nil { heads.append(.init("val")) }
    if document.data.test != nil { heads.append(.init("test", .left)) }
    if report.target != nil { heads.append(.init("to")) }
    if report.summary.count > 1 { heads.append(.init("p")) }
    heads += [.init(hasGrowth ? "fwd" : "E[a²]"), .init(hasGrowth ? "bwd" : "E[g²]"), .init("dead")]
    if hasLossAtStart { heads.append(.init("loss0")) }
    var table = TextTable(heads)
    table.gap = layout.gap
    let names = TextTable.fit(specifications: report.summary.map(\.initializer), layout.nameWidth)
    for (index, row) in report.summary.enumerated() {
      let all = row.diverged == report.seeds
      var cells: [TextTable.Cell] = [
        .init(names[index], row.isBest ? .green : row.diverged > 0 ? .red : nil),
        .init(
          Sparkline.draw(
            document.lossCurve(index).map(Self.log), width: min(layout.sparkline, report.epochs), in: lossRange)),
        all ? .init("diverged", .red) : .init(row.loss.map { TableNumber.significant($0.mean) } ?? "-"),
      ]
      if document.data.validation != nil { cells.append(.init(validation(index))) }
      if document.data.test != nil { cells.append(.init(test(index, interval: layout.intervals))) }
      if report.target != nil { cells.append(target(row)) }
      if report.summary.count > 1 { cells.append(significance(row)) }
      cells += audit(document.stepZero(index))
      if hasLossAtStart { cells.append(.init(document.stepZero(index)?.loss.map(TableNumber.significant) ?? "-")) }
      table.add(cells)
    }
    return table
  }

  private static func log(_ value: Double?) -> Double? {
    value.flatMap { $0 > 0 ? log10($0) : nil }
  }

  /// What the bars of all curves run over: log10 of the losses, from the least to the highest of the median initializer and
  /// of those within a power of ten above; one that exploded must not flatten the others.
  private var lossRange: ClosedRange<Double> {
    let curves = report.summary.indices.map { document.lossCurve($0).compactMap(Self.log) }
    let highs = curves.compactMap { $0.max() }.sorted()
    guard let low = curves.joined().min(), !highs.isEmpty else { return 0...1 }
    var high = highs[(highs.count - 1) / 2]
    for value in highs where value > high && value <= high + 1 { high = value }
    // A factor of 1.3 at the least: a curve that does not move must not look like one that does.
    return low...max(high, low + 0.115)
  }

  private func validation(_ index: Int) -> String {
    if hasAccuracy { return report.summary[index].validationAccuracy.map { TableNumber.accuracy($0.mean) } ?? "-" }
    return Self.mean(document.runs(index).filter { $0.divergence == nil }.compactMap { $0.epochs.last?.validationLoss })
      .map { $0.mean.isNaN ? Self.noNumber : TableNumber.significant($0.mean) } ?? "-"
  }

  /// A loss may be finite in training and no number on other samples.
  private static let noNumber = "diverged"

  private func test(_ index: Int, interval: Bool) -> String {
    let row = report.summary[index]
    guard let estimate = hasAccuracy ? row.testAccuracy : Self.mean(document.runs(index).compactMap(\.testLoss)) else {
      return "-"
    }
    return estimate.mean.isNaN ? Self.noNumber : EstimateText(isShare: hasAccuracy).text(estimate, interval: interval)
  }

  private static func mean(_ losses: [Double]) -> TrainingReport.Estimate? {
    TrainingReport.Estimate(losses, within: TrainingReport.Estimate.losses)
  }

  private static func percent(_ fraction: Double) -> String { EstimateText(isShare: true).number(fraction) }

  private func target(_ row: TrainingReport.InitializerSummary) -> TextTable.Cell {
    guard let epochs = row.epochsToTarget else { return .init("-", .yellow) }
    let text = epochs == epochs.rounded() ? String(Int(epochs)) : TableNumber.fixed(epochs, 1)
    return .init(row.reachedTarget < report.seeds ? "\(text) (\(row.reachedTarget)/\(report.seeds))" : text)
  }

  private func significance(_ row: TrainingReport.InitializerSummary) -> TextTable.Cell {
    if row.isBest { return .init("best", .green) }
    guard let p = row.pValue else { return .init("-") }
    return .init(TableNumber.probability(p), p < 0.05 ? .red : nil)
  }

  private func audit(_ start: TrainingDocument.StepZero?) -> [TextTable.Cell] {
    let steps = Double(max(1, document.network.layers.count - 1))
    func growth(_ growth: InitializerRun.Growth?) -> TextTable.Cell {
      guard let growth else { return .init("-") }
      return .init("x" + TableNumber.power(log10: growth.log10), ChangeColor.of(growth.log10 * steps))
    }
    func level(_ value: Double?) -> TextTable.Cell {
      guard let value else { return .init("zero", .red) }
      return .init(TableNumber.power(log10: value))
    }
    guard let start else { return [.init("-"), .init("-"), .init("-")] }
    let pair =
      hasGrowth
      ? [growth(start.forwardGrowth), growth(start.backwardGrowth)]
      : [level(start.lastActivation), level(start.firstGradient)]
    return pair + [.init(start.deadFraction.map(TableNumber.percent) ?? "-")]
  }

  // MARK: Words

  private var divergences: [String] {
    report.summary.indices.compactMap { index in
      let runs = document.runs(index), ended = runs.compactMap(\.divergence)
      guard let first = ended.min(by: { ($0.epoch, $0.step) < ($1.epoch, $1.step) }) else { return nil }
      let last = ended.max { ($0.epoch, $0.step) < ($1.epoch, $1.step) } ?? first
      func place(_ divergence: TrainingRun.Divergence) -> String {
        (divergence.epoch == 1 ? "" : "epoch \(divergence.epoch), ") + "step \(divergence.step + 1)"
      }
      let places = place(first) == place(last) ? place(first) : "\(place(first)) to \(place(last))"
      let text = Paragraph.wrap(
        "\(report.summary[index].initializer): \(ended.count) of \(runs.count) diverged, \(places): "
          + "the loss stopped being a number.", columns: columns, indent: 2)
      return color ? text.red : text
    }
  }

  /// What rules found at step 0, warnings and errors only: notes are the audit's own business, and so is theory.
  private var findings: String {
    let runs = (document.audit?.runs ?? []).map { run in
      var run = run
      run.findings.removeAll { $0.severity == .note }
      run.theoryNote = nil
      return run
    }
    let found = FindingList(runs, columns: columns, color: color).text
    guard !found.isEmpty else { return "" }
    let title = Paragraph.wrap("Found at step 0, before training", columns: columns, indent: 0)
    return (color ? title.bold : title) + found
  }

  /// How `test` shows the scatter over seeds.
  private var intervalNote: String {
    guard document.data.test != nil, report.seeds > 1 else { return "." }
    guard report.seeds > 2 else { return "; of test both seeds' values, too few for an interval." }
    let isCut = report.summary.contains { $0.testAccuracy.map { $0.interval != nil && $0.symmetricHalf == nil } ?? false }
    return ", ± its 95% interval" + (isCut ? " (written out where 0% or 100% cuts it)." : ".")
  }

  private var explanation: String {
    let score = hasAccuracy ? "accuracy" : "loss"
    var sentences = [
      "curve: training loss from first to last epoch, on one logarithmic scale for all; loss: in the last epoch, mean over "
        + "the seeds that did not diverge.",
      "\(document.data.validation == nil ? "test" : "val, test"): \(score) at the end, mean over those seeds"
        + intervalNote,
    ]
    if report.target != nil {
      sentences.append(
        "to: epochs to \(document.data.validation == nil ? "training" : "validation") accuracy "
          + "\(TableNumber.plain((report.target ?? 0) * 100, 4))%, mean over the seeds that got there (how many); - is "
          + "never.")
    }
    if report.summary.count > 1 {
      sentences.append(
        report.seeds > 1
          ? "p: how often chance alone makes a difference to the best as large (paired Student test over seeds); "
            + "best: the highest mean among initializers without a diverged seed; - where a seed diverged. "
            + "The more initializers are compared with the best, the more often a small p comes by chance."
          : "p: needs more than one seed.")
    }
    sentences.append(
      (hasGrowth
        ? "At step 0, as audited: fwd, bwd: growth of the mean square per layer, of activations and of gradients; "
        : "At step 0, as audited: E[a²], E[g²]: mean square of the last hidden layer's activations and of the first's "
          + "gradients; ")
        + "dead: units that are zero for the whole batch, worst layer"
        + (hasLossAtStart ? "; loss0: the loss." : "."))
    return sentences.map { Paragraph.wrap($0, columns: columns, indent: 0) }.joined()
  }
}
