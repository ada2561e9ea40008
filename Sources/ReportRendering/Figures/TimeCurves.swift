import SignalPropagation

/// Recurrent layers through time: the state's second moment against the step, and the gradient's against the time lag.
package struct TimeCurves {
  let report: AuditReport

  private static let plotWidth = 520.0
  private static let plotHeight = 260.0
  private static let gap = 96.0
  private static let rowGap = 110.0
  private static let legendRow = 22.0
  /// Recurrent layers that are drawn; the JSON document has all.
  private static let mostLayers = 6

  package init(_ report: AuditReport) { self.report = report }

  /// Whether there is a recurrent layer to draw.
  package static func apply(to report: AuditReport) -> Bool {
    report.runs.contains { run in run.layers.contains { $0.recurrence != nil } }
  }

  package func draw() throws(RenderingError) -> Canvas {
    let runs = Array(report.runs.prefix(Page.mostPanels))
    let names = runs.first?.layers.filter { $0.recurrence != nil }.map(\.name) ?? []
    let layers = LayerSelection.even(names.count, limit: Self.mostLayers).map { names[$0] }
    let left = Page.margin + 72
    let page = Page(
      Figure.throughTime.title, report,
      notes: ["Gradients are the loss's, total through all later steps; lag 0 is the last step."]
        + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: left + 2 * Self.plotWidth + Self.gap + Page.margin, ruler: try Page.ruler())
    let top = page.contentTop + 24
    let legendTop = top + Double(layers.count) * (Self.plotHeight + Self.rowGap) - 24
    let canvas = try Page.canvas(
      width: page.width, height: legendTop + Double(runs.count) * Self.legendRow + Page.margin)
    page.draw(on: canvas)
    for (row, name) in layers.enumerated() {
      let y = top + Double(row) * (Self.plotHeight + Self.rowGap)
      for column in 0..<2 {
        let area = Rectangle(
          x: left + Double(column) * (Self.plotWidth + Self.gap), y: y, width: Self.plotWidth, height: Self.plotHeight)
        let series = runs.map { run -> [Double?] in
          guard let recurrence = run.layers.first(where: { $0.name == name })?.recurrence else { return [] }
          return column == 0 ? recurrence.log10State : recurrence.log10StateGradient.reversed()
        }
        draw(
          series, area, title: column == 0 ? "\(name): state" : "\(name): gradient",
          xTitle: column == 0 ? "step" : "time lag", first: column == 0 ? 1 : 0, on: canvas)
      }
    }
    for (index, run) in runs.enumerated() {
      let y = legendTop + (Double(index) + 0.5) * Self.legendRow, style = SeriesStyle.categorical(index)
      canvas.line(Point(Page.margin, y), Point(Page.margin + 34, y), style.color, width: 2.2, dash: style.dash)
      canvas.text(
        canvas.fitted(run.initializer, TextStyle(13), to: page.width - 2 * Page.margin - 44), at: Point(Page.margin + 44, y),
        TextStyle(13), vertical: .middle)
    }
    try canvas.check()
    return canvas
  }

  private func draw(
    _ series: [[Double?]], _ area: Rectangle, title: String, xTitle: String, first: Int, on canvas: Canvas
  ) {
    canvas.text(title, at: Point(area.left, area.top - 14), TextStyle(14, weight: .semibold))
    let values = series.joined().compactMap(\.self).filter { abs($0) <= SignalCell.largestLog10 }
    let count = series.map(\.count).max() ?? 0
    guard let least = values.min(), let most = values.max(), count > 0 else {
      canvas.text("no signal to draw", at: area.center, TextStyle(13, color: .quiet), anchor: .middle)
      return
    }
    // Half a decade at the least, so that rounding is not drawn as a trend.
    let margin = max(0.25 - (most - least) / 2, 0.06 * (most - least))
    let last = first + max(1, count - 1)
    let frame = ChartFrame(
      area: area, x: Axis(Double(first), Double(last), from: area.left, to: area.right),
      y: Axis(least - margin, most + margin, from: area.bottom, to: area.top), xTicks: Ticks.integer(first, last, count: 8),
      yTicks: Ticks.log10Axis(least - margin, most + margin, count: 6), xTitle: xTitle, yTitle: "second moment")
    frame.draw(on: canvas)
    canvas.clipped(to: area) {
      for (index, values) in series.enumerated() {
        let style = SeriesStyle.categorical(index)
        var stretch: [Point] = []
        for (place, value) in values.enumerated() {
          if let value, abs(value) <= SignalCell.largestLog10 {
            stretch.append(frame.point(Double(first + place), value))
          } else {
            canvas.stroke(stretch, style.color, width: 2, dash: style.dash)
            stretch = []
          }
        }
        canvas.stroke(stretch, style.color, width: 2, dash: style.dash)
      }
    }
  }
}
