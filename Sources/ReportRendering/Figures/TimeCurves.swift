import SignalPropagation

/// Recurrent layers through time: the state's mean square against the step, and the gradient's against how far back it came.
package struct TimeCurves {
  let report: AuditReport

  private static let plotWidth = 520.0
  private static let plotHeight = 260.0
  private static let gap = 96.0
  private static let rowGap = 110.0
  private static let legendRow = 22.0
  /// The most recurrent layers that are drawn; the JSON document has all.
  private static let mostLayers = 6
  /// What a gradient may lose on its way back before its steps are without influence.
  private static let lostDecades = 6.0

  package init(_ report: AuditReport) { self.report = report }

  /// Whether there is a recurrent layer to draw.
  package static func apply(to report: AuditReport) -> Bool {
    report.runs.contains { run in run.layers.contains { $0.recurrence != nil } }
  }

  /// One chart: the runs' curves of one layer, forward or backward.
  package struct Chart {
    package var title: String
    package var frame: ChartFrame
    /// log10 of the mean square by run and place; nil where there is no signal.
    package var series: [[Double?]]
    /// The axis value of the first place.
    package var first: Int
    package var coincident: CoincidentSeries
    package var isEmpty: Bool
    /// log10 of the gradient below which the steps have no influence on what is learned (the rule recurrent-gradients); nil
    /// in a chart of states, and where no curve falls so low.
    package var limit: Double?
  }

  package struct Layout {
    var page: Page
    var runs: [InitializerRun]
    package var charts: [Chart]
    package var legend: [String]
    var legendTop: Double
  }

  package func layout() throws(RenderingError) -> Layout {
    let runs = Array(report.runs.prefix(Page.mostPanels))
    let names = runs.first?.layers.filter { $0.recurrence != nil }.map(\.name) ?? []
    let layers = LayerSelection.even(names.count, limit: Self.mostLayers).map { names[$0] }
    let left = Page.margin + 72
    let page = Page(
      Figure.throughTime.title, report,
      notes: [
        "Left: the layer's state after each step. Right: the gradient with respect to the state, through all later steps, "
          + "against how far back the state lies; 0 is the last step."
      ] + (layers.count < names.count ? ["\(layers.count) of \(names.count) recurrent layers."] : [])
        + (runs.count > 1 ? ["Where curves coincide, their colors alternate."] : [])
        + VerdictLabel.note(runs) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: left + 2 * Self.plotWidth + Self.gap + Page.margin, ruler: try Page.ruler())
    let top = page.contentTop + 24
    var charts: [Chart] = []
    for (row, name) in layers.enumerated() {
      let y = top + Double(row) * (Self.plotHeight + Self.rowGap)
      for column in 0..<2 {
        let area = Rectangle(
          x: left + Double(column) * (Self.plotWidth + Self.gap), y: y, width: Self.plotWidth, height: Self.plotHeight)
        let series = runs.map { run -> [Double?] in
          guard let recurrence = run.layers.first(where: { $0.name == name })?.recurrence else { return [] }
          let values = column == 0 ? recurrence.log10State : recurrence.log10StateGradient.reversed()
          return values.map { $0.flatMap { abs($0) <= SignalCell.largestLog10 ? $0 : nil } }
        }
        charts.append(
          Self.chart(
            series, area, title: column == 0 ? "\(name): state" : "\(name): gradient of the state",
            xTitle: column == 0 ? "step" : "steps back from the last", first: column == 0 ? 1 : 0))
      }
    }
    let labels = ReportCaption.labels(of: runs)
    let verdicts = VerdictLabel.phrases(runs)
    let legend = runs.indices.map { index in
      let chart = charts.first { !$0.coincident.companions(of: index).isEmpty }
      let others = chart.map { chart in
        let names = chart.coincident.companions(of: index).map { labels[$0] }.joined(separator: "; ")
        return "(in “\(chart.title)” the same curve as \(names))"
      }
      return [labels[index], verdicts[index], others].compactMap(\.self).joined(separator: "   ")
    }
    return Layout(
      page: page, runs: runs, charts: charts, legend: legend,
      legendTop: top + Double(layers.count) * (Self.plotHeight + Self.rowGap) - 24)
  }

  private static func chart(_ series: [[Double?]], _ area: Rectangle, title: String, xTitle: String, first: Int) -> Chart {
    let values = series.joined().compactMap(\.self)
    let least = values.min() ?? -1, most = values.max() ?? 1
    let limit = first == 0 ? series.compactMap { $0.first ?? nil }.max().map { $0 - Self.lostDecades } : nil
    // Half a power of ten at the least, so that rounding is not drawn as a trend.
    let margin = max(0.25 - (most - least) / 2, 0.06 * (most - least))
    let last = first + max(1, (series.map(\.count).max() ?? 0) - 1)
    let y = Axis(least - margin, most + margin, from: area.bottom, to: area.top)
    let frame = ChartFrame(
      area: area, x: Axis(Double(first), Double(last), from: area.left, to: area.right), y: y,
      xTicks: Ticks.integer(first, last, count: 8), yTicks: Ticks.log10Axis(y.low, y.high, count: 6), xTitle: xTitle,
      yTitle: "mean square")
    return Chart(
      title: title, frame: frame, series: series, first: first,
      coincident: CoincidentSeries(series.map { $0.map { $0.map(y.position) } }), isEmpty: values.isEmpty,
      limit: limit.flatMap { $0 > y.low ? $0 : nil })
  }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(
      width: layout.page.width, height: layout.legendTop + Double(layout.runs.count) * Self.legendRow + Page.margin)
    layout.page.draw(on: canvas)
    for chart in layout.charts { draw(chart, on: canvas) }
    for (index, text) in layout.legend.enumerated() {
      let y = layout.legendTop + (Double(index) + 0.5) * Self.legendRow, style = SeriesStyle.categorical(index)
      canvas.line(Point(Page.margin, y), Point(Page.margin + 34, y), style.color, width: 2.2, dash: style.dash)
      canvas.mark(style.marker, at: Point(Page.margin + 17, y), style.color)
      canvas.text(
        canvas.fitted(text, TextStyle(13), to: layout.page.width - 2 * Page.margin - 44), at: Point(Page.margin + 44, y),
        TextStyle(13), vertical: .middle)
    }
    try canvas.check()
    return canvas
  }

  private func draw(_ chart: Chart, on canvas: Canvas) {
    let frame = chart.frame, area = frame.area
    canvas.text(
      canvas.fitted(chart.title, TextStyle(14, weight: .semibold), to: area.width), at: Point(area.left, area.top - 14),
      TextStyle(14, weight: .semibold))
    guard !chart.isEmpty else {
      canvas.text("no signal to draw", at: area.center, TextStyle(13, color: .quiet), anchor: .middle)
      return
    }
    frame.draw(on: canvas)
    if let limit = chart.limit {
      let y = ChartFrame.crisp(frame.y.position(limit)), style = TextStyle(12, color: .quiet)
      canvas.line(Point(area.left, y), Point(area.right, y), .rule, dash: [5, 4])
      // On the right, where a curve that sinks below the limit has left it.
      let words = "below 10⁻⁶ of the last step: early steps are not learned"
      canvas.text(words, at: Point(area.right - 6, y + 15), style, anchor: .end)
    }
    // A marker at an end of an axis is whole.
    canvas.clipped(to: area.inset(by: -5)) {
      for (index, values) in chart.series.enumerated() { draw(values, index, chart, on: canvas) }
    }
  }

  private func draw(_ values: [Double?], _ index: Int, _ chart: Chart, on canvas: Canvas) {
    let style = SeriesStyle.categorical(index), dash = chart.coincident.dash(of: index, style)
    var stretch: [Point] = [], marks: [Point] = []
    func finish() {
      canvas.stroke(stretch, style.color, width: 2, dash: dash.lengths, offset: dash.offset)
      // A value between gaps has no line.
      if stretch.count == 1 { marks.append(stretch[0]) }
      stretch = []
    }
    // Eight markers, each series' a little farther along than the one's before.
    let every = max(1, values.count / 8), first = every * (index % 8) / 8
    for (place, value) in values.enumerated() {
      guard let value else {
        finish()
        continue
      }
      let point = chart.frame.point(Double(chart.first + place), value)
      stretch.append(point)
      if place % every == first { marks.append(point) }
    }
    finish()
    for point in marks { canvas.mark(style.marker, at: point, style.color, size: 6.5) }
  }
}
