import Glibc
import TrainingRuns

/// Draws loss and accuracy by epoch, and under them the final figures beside what the audit said before the first step.
package struct TrainingCurves {
  let document: TrainingDocument

  private static let plotWidth = 520.0
  private static let plotHeight = 380.0
  private static let gap = 96.0

  package init(_ document: TrainingDocument) { self.document = document }

  /// What a chart shows of each epoch.
  package enum Quantity: Sendable, CaseIterable {
    case loss, accuracy

    func training(_ epoch: TrainingRun.Epoch) -> Double? {
      self == .loss ? CurveSeries.log10(epoch.loss) : epoch.accuracy
    }
    func validation(_ epoch: TrainingRun.Epoch) -> Double? {
      self == .loss ? CurveSeries.log10(epoch.validationLoss) : epoch.validationAccuracy
    }
    var title: String { self == .loss ? "Loss" : "Accuracy" }
  }

  package func draw() throws(RenderingError) -> Canvas {
    let report = document.report
    let shown = Array(report.summary.indices.prefix(Page.mostRows))
    let quantities = Quantity.allCases.filter { quantity in
      quantity == .loss || report.runs.contains { $0.epochs.contains { quantity.training($0) != nil } }
    }
    let ruler = try Page.ruler()
    let left = Page.margin + 72
    let table = CurveLegend(document, shown: shown)
    // The page is as wide as the charts and the table under them need; a single chart takes the room of both.
    let width = max(left + 2 * Self.plotWidth + Self.gap, Page.margin + table.width(ruler)) + Page.margin
    let room = width - left - Page.margin
    let plotWidth = quantities.count == 2 ? (room - Self.gap) / 2 : room
    let reach = lossReach(shown)
    let isValidated = document.data.validation != nil
    let charts = quantities.enumerated().map { place, quantity in
      let series = shown.map { CurveSeries(document.runs($0), quantity, validated: isValidated) }
      let x = left + Double(place) * (plotWidth + Self.gap)
      let frame = frame(quantity, Rectangle(x: x, y: 0, width: plotWidth, height: Self.plotHeight), shown, reach)
      return (quantity: quantity, x: x, series: series, coincident: coincident(series, frame))
    }
    let page = Page(
      TrainingFigure.curves.title,
      lines: TrainingCaption(document).lines + [note(reach)]
        + Self.overlapNote(shown.map { report.summary[$0].initializer }, charts.map { ($0.quantity, $0.coincident) })
        + VerdictLabel.note(document.audit?.runs ?? [])
        + Page.omissionNote(shown: shown.count, of: report.summary.count),
      width: width, ruler: ruler)
    let top = page.contentTop + 24
    let legendTop = top + Self.plotHeight + 74
    let canvas = try Page.canvas(width: width, height: legendTop + table.height + Page.margin)
    page.draw(on: canvas)
    for chart in charts {
      let area = Rectangle(x: chart.x, y: top, width: plotWidth, height: Self.plotHeight)
      draw(
        chart.quantity, shown, chart.series, chart.coincident, frame(chart.quantity, area, shown, reach), on: canvas)
    }
    table.draw(at: Point(Page.margin, legendTop), on: canvas)
    try canvas.check()
    return canvas
  }

  /// Which curves look like one. With a single epoch there are points side by side, and none covers another.
  private func coincident(_ series: [CurveSeries], _ frame: ChartFrame) -> CoincidentSeries {
    guard document.report.epochs > 1 else { return CoincidentSeries([]) }
    // Beyond the frame nothing is seen: what leaves it in one place and way coincides there.
    return CoincidentSeries(
      series.map { series in
        var heights = [Double?](repeating: nil, count: document.report.epochs)
        for value in series.bold where heights.indices.contains(Int(value.epoch) - 1) {
          heights[Int(value.epoch) - 1] = min(
            max(frame.y.position(value.value), frame.area.top - 20), frame.area.bottom + 20)
        }
        return heights
      })
  }

  /// `On one line in both charts: zeros and normal(std=0.01). Their dashes and markers take turns.`
  package static func overlapNote(_ names: [String], _ charts: [(Quantity, CoincidentSeries)]) -> [String] {
    var places: [(members: [Int], quantities: [Quantity])] = []
    for (quantity, coincident) in charts {
      for group in coincident.groups where group.count > 1 {
        if let known = places.firstIndex(where: { $0.members == group }) {
          places[known].quantities.append(quantity)
        } else {
          places.append((group, [quantity]))
        }
      }
    }
    guard !places.isEmpty else { return [] }
    let parts = places.map { place in
      let own = place.members.map { names[$0] }
      let list = own.count == 2 ? own.joined(separator: " and ") : own.joined(separator: ", ")
      let chart = place.quantities.count == charts.count ? "" : " (\(place.quantities[0].title.lowercased()))"
      return list + chart
    }
    return ["Curves on one line: \(parts.joined(separator: "; ")). Their colors take turns along it."]
  }

  private func note(_ reach: (low: Double, high: Double, isClipped: Bool)) -> String {
    let report = document.report
    let validated = document.data.validation != nil
    let isLone = report.epochs == 1
    return [
      !validated
        ? "Training only: nothing was held out for validation."
        : isLone ? "Markers: validation; dashes: training." : "Bold: validation; thin: training.",
      report.seeds > 1
        ? "\(isLone ? "Values" : "Curves"): mean over the seeds that did not diverge; \(isLone ? "bars" : "bands"): from "
          + "the lowest to the highest of them." : nil,
      report.runs.contains { $0.divergence != nil }
        ? "Crosses: runs that ended there, their loss no longer a number; best is among initializers without." : nil,
      reach.isClipped ? "Losses above the frame are cut off; the JSON document has them." : nil,
      report.seeds > 1 ? "±: 95% interval of the mean." : nil,
      report.seeds > 1 && report.summary.count > 1
        ? "p: how often chance alone makes a difference from the best that large." : nil,
    ].compactMap(\.self).joined(separator: " ")
  }

  // MARK: Axes

  /// The range of log10 losses: the median initializer's, extended by what lies within a power of ten of it.
  private func lossReach(_ shown: [Int]) -> (low: Double, high: Double, isClipped: Bool) {
    let extents = shown.compactMap { index -> (Double, Double)? in
      let values = CurveSeries.values(document.runs(index), .loss)
      guard let low = values.min(), let high = values.max() else { return nil }
      return (low, high)
    }
    guard !extents.isEmpty else { return (-1, 1, false) }
    let highs = extents.map(\.1).sorted()
    var high = highs[(highs.count - 1) / 2]
    for value in highs where value > high && value <= high + 1 { high = value }
    var floor = max(extents.map(\.0).min() ?? 0, high - 12)
    // What hardly changes is in the middle of a tenth of a power of ten.
    let missing = max(0, 0.1 - (high - floor)) / 2
    high += missing
    floor -= missing
    let margin = 0.05 * (high - floor)
    return (floor - margin, high + margin, highs[highs.count - 1] > high)
  }

  private func accuracyReach(_ shown: [Int]) -> (low: Double, high: Double) {
    let target = document.report.target.map { [$0] } ?? []
    let values = shown.flatMap { CurveSeries.values(document.runs($0), .accuracy) } + target
    let low = values.min() ?? 0, high = values.max() ?? 1
    let margin = max(0.05 * (high - low), 0.01)
    return (max(0, low - margin), min(1.004, high + margin))
  }

  private func frame(
    _ quantity: Quantity, _ area: Rectangle, _ shown: [Int], _ reach: (low: Double, high: Double, isClipped: Bool)
  ) -> ChartFrame {
    let epochs = document.report.epochs
    let air = max(0.3, 0.02 * Double(epochs - 1))
    let x = Axis(1 - air, Double(epochs) + air, from: area.left, to: area.right)
    let xTicks = Ticks.integer(1, epochs, count: 10)
    guard quantity == .accuracy else {
      return ChartFrame(
        area: area, x: x, y: Axis(reach.low, reach.high, from: area.bottom, to: area.top), xTicks: xTicks,
        yTicks: Ticks.log10Axis(reach.low, reach.high, count: 8), xTitle: "epoch",
        yTitle: document.report.loss.replacing("_", with: " "))
    }
    let (low, high) = accuracyReach(shown)
    let ticks = Ticks.linear(low * 100, high * 100, count: 8).map { Tick($0.value / 100, $0.label + "%") }
    return ChartFrame(
      area: area, x: x, y: Axis(low, high, from: area.bottom, to: area.top), xTicks: xTicks, yTicks: ticks, xTitle: "epoch",
      yTitle: "accuracy")
  }

  // MARK: One chart

  private func draw(
    _ quantity: Quantity, _ shown: [Int], _ series: [CurveSeries], _ coincident: CoincidentSeries, _ frame: ChartFrame,
    on canvas: Canvas
  ) {
    let area = frame.area
    canvas.text(quantity.title, at: Point(area.left, area.top - 14), TextStyle(14, weight: .semibold))
    frame.draw(on: canvas)
    if quantity == .accuracy, let target = document.report.target {
      let y = ChartFrame.crisp(frame.y.position(target))
      canvas.line(Point(area.left, y), Point(area.right, y), .rule, dash: [2, 3])
      canvas.text("target", at: Point(area.right - 4, y - 5), TextStyle(12, color: .quiet), anchor: .end)
    }
    canvas.clipped(to: area) {
      for (place, series) in series.enumerated() {
        for band in series.bands where band.count > 1 {
          let outline = band.map { frame.point($0.epoch, $0.high) } + band.reversed().map { frame.point($0.epoch, $0.low) }
          canvas.fill(polygon: outline, SeriesStyle.categorical(place).color.opacity(0.12))
        }
      }
    }
    // Markers at the end of an axis are drawn whole.
    canvas.clipped(to: area.inset(by: -5)) {
      for (place, series) in series.enumerated() {
        let style = SeriesStyle.categorical(place)
        if let thin = series.thin {
          draw(thin, frame, style, place, coincident, bold: false, on: canvas)
        }
        draw(series.bold, frame, style, place, coincident, bold: true, on: canvas)
      }
    }
    if series.allSatisfy({ $0.bold.isEmpty && ($0.thin ?? []).isEmpty }) {
      canvas.text(
        "no run ended an epoch with a number", at: Point(area.center.x, area.center.y - 14), TextStyle(13, color: .quiet),
        anchor: .middle)
    }
    if quantity == .loss { drawDivergences(shown, frame, on: canvas) }
  }

  private func draw(
    _ points: [CurveSeries.Value], _ frame: ChartFrame, _ style: SeriesStyle, _ place: Int,
    _ coincident: CoincidentSeries, bold: Bool, on canvas: Canvas
  ) {
    let isLone = document.report.epochs == 1
    // With one epoch there are only points, side by side so that none covers another.
    let shift = isLone ? Double(place % 12 - min(6, document.report.summary.count / 2)) * 14 : 0
    let positions = points.map { point in
      let p = frame.point(point.epoch, point.value)
      return Point(p.x + shift, p.y)
    }
    let dash = bold ? coincident.dash(of: place, style) : (lengths: style.dash, offset: 0)
    canvas.stroke(
      positions, bold ? style.color : style.color.opacity(0.7), width: bold ? 2.2 : 1, dash: dash.lengths,
      offset: dash.offset)
    if !bold, isLone {
      for position in positions {
        canvas.line(Point(position.x - 5, position.y), Point(position.x + 5, position.y), style.color, width: 1.4)
      }
    }
    guard bold else { return }
    if isLone || points.count == 1, let point = points.first, point.low < point.high {
      let x = positions[0].x
      canvas.line(
        Point(x, frame.y.position(point.low)), Point(x, frame.y.position(point.high)), style.color.opacity(0.5), width: 2)
    }
    for (index, position) in positions.enumerated()
    where isLone || coincident.isMarked(index, of: place, count: points.count) {
      canvas.mark(style.marker, at: position, style.color)
    }
  }

  /// Draws a cross above the frame at the epoch in which a run ended; those of one epoch stand side by side.
  private func drawDivergences(_ shown: [Int], _ frame: ChartFrame, on canvas: Canvas) {
    var taken: [Int: Int] = [:]
    for (place, index) in shown.enumerated() {
      for run in document.runs(index) {
        guard let epoch = run.divergence?.epoch else { continue }
        let before = taken[epoch, default: 0]
        taken[epoch] = before + 1
        let x = frame.x.position(Double(epoch)) + Double(before) * 9
        guard x <= frame.area.right else { continue }
        canvas.mark(.cross, at: Point(x, frame.area.top - 4), SeriesStyle.categorical(place).color, size: 8)
      }
    }
  }
}

/// The curve of one quantity of one initializer, pooled over its seeds.
package struct CurveSeries: Sendable {
  package struct Value: Sendable, Equatable {
    package var epoch: Double
    package var value: Double
    package var low: Double
    package var high: Double
  }

  /// The values of the validation set, or of training where nothing was held out.
  package var bold: [Value]
  /// The values of training, beside those of validation.
  package var thin: [Value]?
  /// The bands of the bold curve, in uninterrupted stretches.
  package var bands: [[Value]]

  package init(_ runs: [TrainingRun], _ quantity: TrainingCurves.Quantity, validated: Bool) {
    // Where every seed diverged, there are only the values until then.
    let sound = runs.filter { $0.divergence == nil }
    let pooled = sound.isEmpty ? runs : sound
    bold = Self.pool(pooled, validated ? quantity.validation : quantity.training)
    thin = validated ? Self.pool(pooled, quantity.training) : nil
    bands = runs.count > 1 ? [bold] : []
  }

  private static func pool(_ runs: [TrainingRun], _ value: (TrainingRun.Epoch) -> Double?) -> [Value] {
    (0..<(runs.map(\.epochs.count).max() ?? 0)).compactMap { epoch in
      let values = runs.compactMap { whole($0).indices.contains(epoch) ? value($0.epochs[epoch]) : nil }.filter(\.isFinite)
      guard let low = values.min(), let high = values.max() else { return nil }
      return Value(epoch: Double(epoch + 1), value: values.reduce(0, +) / Double(values.count), low: low, high: high)
    }
  }

  /// The run without the epoch in which it ended, of which it has no complete mean.
  private static func whole(_ run: TrainingRun) -> ArraySlice<TrainingRun.Epoch> {
    run.epochs.prefix(run.divergence.map { max(0, $0.epoch - 1) } ?? run.epochs.count)
  }

  static func values(_ runs: [TrainingRun], _ quantity: TrainingCurves.Quantity) -> [Double] {
    runs.flatMap { run in
      whole(run).flatMap { [quantity.training($0), quantity.validation($0)].compactMap(\.self).filter(\.isFinite) }
    }
  }

  /// log10 of a loss. A loss of zero is drawn at 1e-12, which single precision cannot tell from it.
  static func log10(_ value: Double?) -> Double? {
    guard let value, value.isFinite, value >= 0 else { return nil }
    return Glibc.log10(max(value, 1e-12))
  }
}
