import NumberText
import SignalPropagation

/// Mean squares against depth on a logarithmic axis, forward and backward, with their 95% intervals.
package struct GrowthCurves {
  let report: AuditReport

  private static let plotWidth = 520.0
  private static let plotHeight = 400.0
  private static let gap = 96.0
  private static let rowHeight = 24.0

  package init(_ report: AuditReport) { self.report = report }

  /// The positions of all parts, in pixels.
  package struct Layout {
    var page: Page
    var runs: [InitializerRun]
    package var reach: Reach
    package var forward: ChartFrame
    package var backward: ChartFrame
    /// The runs that lie on one line in each chart.
    package var coincident: (forward: CoincidentSeries, backward: CoincidentSeries)
    package var legend: [LegendRow]

    var legendTop: Double { forward.area.bottom + 74 }
    var height: Double { legendTop + 26 + Double(runs.count) * rowHeight + Page.margin }
  }

  /// One run's line of the legend.
  package struct LegendRow: Sendable, Equatable {
    /// The number that stands at the ends of its curves; nil where there is one run only.
    package var number: String?
    package var name: String
    package var forward: String
    package var backward: String
    /// "5, 6 (forward); 5 (backward)": the runs whose curves are the same.
    package var companions: String
    package var verdict: String?
  }

  package func layout() throws(RenderingError) -> Layout {
    let runs = Array(report.runs.prefix(Page.mostRows))
    let reach = Self.reach(runs)
    let own = [SignalTensor.activation, .gradient].map { Self.reach(runs, [$0]) }
    // One scale for both charts compares them. Where one of them would be a line at the edge, each has its own.
    let isOwn = own.contains { 3 * ($0.high - $0.low) < reach.high - reach.low }
    let reaches = isOwn ? own : [reach, reach]
    let left = Page.margin + 72
    let hasTheory = runs.contains { run in
      run.layers.contains { $0.activation.predictedLog10 != nil || $0.gradient.predictedLog10 != nil }
    }
    // Where the frames stand on the page does not matter for what coincides.
    let hasCoincident = zip([SignalTensor.activation, .gradient], reaches).contains { tensor, reach in
      let axis = Axis(reach.low, reach.high, from: Self.plotHeight, to: 0)
      return Self.coincident(runs, tensor, axis, top: 0, bottom: Self.plotHeight).groups.contains { $0.count > 1 }
    }
    let note = [
      report.seeds > 1 ? "Bands: 95% intervals of the mean." : nil,
      hasTheory ? "Thin dashed lines: theory." : nil,
      isOwn ? "Each chart has its own scale." : nil,
      reaches.contains(where: \.isClipped) ? "Arrows: the curve leaves the frame; the heatmaps have its values." : nil,
      runs.count > 1 ? "Numbers: rows of the table below." : nil,
      hasCoincident ? "Where curves coincide, their dashes alternate." : nil,
    ].compactMap { $0 }.joined(separator: " ")
    let page = Page(
      Figure.growth.title, report,
      notes: (note.isEmpty ? [] : [note]) + VerdictLabel.note(runs)
        + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: left + 2 * Self.plotWidth + Self.gap + Page.margin, ruler: try Page.ruler())

    let indices = runs.flatMap { $0.layers.map(\.index) }
    let first = indices.min() ?? 1
    let last = indices.max() ?? 1
    // A third of a layer of empty space on both sides, or 2% of a deep network.
    let span = Double(last) - Double(first)
    // The last term keeps the ends of an axis of absurd layer numbers apart.
    let air = max(0.3, 0.02 * span, 1e-9 * max(abs(Double(first)), abs(Double(last))))
    func frame(_ column: Int, _ yTitle: String) -> ChartFrame {
      let area = Rectangle(
        x: left + Double(column) * (Self.plotWidth + Self.gap), y: page.contentTop + 24, width: Self.plotWidth,
        height: Self.plotHeight)
      // Room for the numbers where a signal's way ends: forward at the right, backward at the left.
      let room = runs.count > 1 ? 0.07 * (span + 2 * air) : 0
      return ChartFrame(
        area: area,
        x: Axis(
          Double(first) - air - (column == 1 ? room : 0), Double(last) + air + (column == 0 ? room : 0), from: area.left,
          to: area.right),
        y: Axis(reaches[column].low, reaches[column].high, from: area.bottom, to: area.top),
        xTicks: Ticks.integer(first, last, count: 10),
        yTicks: Ticks.log10Axis(reaches[column].low, reaches[column].high, count: 8), xTitle: "layer", yTitle: yTitle)
    }
    let forward = frame(0, "mean square of the activations"), backward = frame(1, "mean square of the gradients")
    let coincident = (
      forward: Self.coincident(runs, .activation, forward.y, top: forward.area.top, bottom: forward.area.bottom),
      backward: Self.coincident(runs, .gradient, backward.y, top: backward.area.top, bottom: backward.area.bottom)
    )
    return Layout(
      page: page, runs: runs, reach: reach, forward: forward, backward: backward, coincident: coincident,
      legend: Self.legend(runs, coincident.forward, coincident.backward))
  }

  private static func coincident(
    _ runs: [InitializerRun], _ tensor: SignalTensor, _ axis: Axis, top: Double, bottom: Double
  ) -> CoincidentSeries {
    // Beyond the frame nothing is seen: what leaves it in one place and way coincides there.
    CoincidentSeries(
      runs.map { run in
        run.layers.map { layer in
          SignalCell(tensor.summary(of: layer)).value.map {
            min(max(axis.position($0), top - 20), bottom + 20)
          }
        }
      })
  }

  private static func legend(
    _ runs: [InitializerRun], _ forward: CoincidentSeries, _ backward: CoincidentSeries
  ) -> [LegendRow] {
    let names = ReportCaption.labels(of: runs), verdicts = VerdictLabel.phrases(runs)
    return runs.indices.map { index in
      let onForward = forward.companions(of: index), onBackward = backward.companions(of: index)
      func list(_ others: [Int]) -> String { FigureNumber.list(others.map { $0 + 1 }) }
      let companions =
        onForward == onBackward && !onForward.isEmpty
        ? "\(list(onForward)) (both)"
        : [(onForward, "forward"), (onBackward, "backward")].filter { !$0.0.isEmpty }
          .map { "\(list($0.0)) (\($0.1))" }.joined(separator: "; ")
      return LegendRow(
        number: runs.count > 1 ? String(index + 1) : nil, name: names[index],
        forward: GrowthText.full(runs[index], .activation), backward: GrowthText.full(runs[index], .gradient),
        companions: companions, verdict: verdicts[index])
    }
  }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.page.width, height: layout.height)
    layout.page.draw(on: canvas)
    draw(.activation, layout, layout.forward, layout.coincident.forward, on: canvas)
    draw(.gradient, layout, layout.backward, layout.coincident.backward, on: canvas)
    drawLegend(layout.legend, top: layout.legendTop, width: layout.page.width, on: canvas)
    try canvas.check()
    return canvas
  }

  // MARK: Range

  package struct Reach: Equatable {
    package var low: Double
    package var high: Double
    package var isClipped: Bool
  }

  /// The range that shows most runs at a readable slope. It grows from the median run's range as long as no gap is wider
  /// than a factor of 2.5. A run beyond it leaves the frame and does not flatten the others.
  static func reach(_ runs: [InitializerRun], _ tensors: [SignalTensor] = [.activation, .gradient]) -> Reach {
    func values(_ run: InitializerRun) -> [Double] {
      tensors.flatMap { tensor in
        run.layers.flatMap { layer in
          let summary = tensor.summary(of: layer)
          let values = [SignalCell(summary).value, summary.interval?.low, summary.interval?.high]
          return values.compactMap(\.self).filter { abs($0) <= SignalCell.largestLog10 }
        }
      }
    }
    let all = runs.map(values).filter { !$0.isEmpty }
    let extents = all.map { $0.reduce(0) { max($0, abs($1)) } }.sorted()
    guard !extents.isEmpty else { return Reach(low: -1, high: 1, isClipped: false) }
    // At least a factor of a thousand, so that a flat run does not push out a network that loses 1e-6.
    var limit = max(extents[(extents.count - 1) / 2], 3)
    for extent in extents where extent > limit && extent <= 2.5 * limit { limit = extent }
    let shown = all.joined().filter { abs($0) <= limit }
    let low = min(shown.min() ?? 0, -0.5)
    let high = max(shown.max() ?? 0, 0.5)
    let margin = 0.06 * (high - low)
    return Reach(low: low - margin, high: high + margin, isClipped: extents.contains { $0 > limit })
  }

  // MARK: One chart

  private func draw(
    _ tensor: SignalTensor, _ layout: Layout, _ frame: ChartFrame, _ coincident: CoincidentSeries, on canvas: Canvas
  ) {
    let area = frame.area, runs = layout.runs
    canvas.text(
      tensor == .activation ? "Forward: activations" : "Backward: gradients", at: Point(area.left, area.top - 14),
      TextStyle(14, weight: .semibold))
    frame.draw(on: canvas)
    guard runs.contains(where: { run in run.layers.contains { SignalCell(tensor.summary(of: $0)).value != nil } }) else {
      canvas.text(
        "no signal to draw", at: Point(area.center.x, area.center.y - 14), TextStyle(13, color: .quiet), anchor: .middle)
      return
    }
    let zero = ChartFrame.crisp(frame.y.position(0))
    canvas.line(Point(area.left, zero), Point(area.right, zero), .rule)

    canvas.clipped(to: area) {
      for (index, run) in runs.enumerated() {
        drawBand(run, tensor, SeriesStyle.categorical(index), frame, on: canvas)
      }
      for (index, run) in runs.enumerated() {
        drawCurve(run, index, coincident, tensor, frame, on: canvas)
      }
    }
    drawMissing(runs, tensor, frame, on: canvas)
    for (index, run) in runs.enumerated() {
      drawExits(run, tensor, SeriesStyle.categorical(index), frame, on: canvas)
    }
    if runs.count > 1 {
      let style = TextStyle(12, weight: .semibold, tabular: true)
      for label in endLabels(tensor, runs, frame, coincident) {
        // A curve that ends early has its number among the others.
        let width = canvas.width(of: label.text, style) + 4
        canvas.fill(
          Rectangle(
            x: tensor == .activation ? label.point.x - 2 : label.point.x - width + 2, y: label.point.y - 7, width: width,
            height: 14), Color.white.opacity(0.85))
        canvas.text(
          label.text, at: label.point, style,
          anchor: tensor == .activation ? .start : .end, vertical: .middle)
      }
    }
  }

  /// The numbers of the runs beside the ends of their curves; those of one line stand together.
  private func endLabels(
    _ tensor: SignalTensor, _ runs: [InitializerRun], _ frame: ChartFrame, _ coincident: CoincidentSeries
  ) -> [(text: String, point: Point)] {
    let area = frame.area
    var labels: [(text: String, point: Point)] = []
    for group in coincident.groups {
      let layers = runs[group[0]].layers
      let ends = tensor == .activation ? Array(layers.reversed()) : layers
      guard let end = ends.first(where: { SignalCell(tensor.summary(of: $0)).value != nil }),
        let value = SignalCell(tensor.summary(of: end)).value
      else { continue }
      let distance = tensor == .activation ? 9.0 : -9
      let text = FigureNumber.list(group.map { $0 + 1 })
      var point = Point(frame.x.position(Double(end.index)) + distance, frame.y.position(value))
      // A curve that has left the frame is named where it did.
      if value > frame.y.high || value < frame.y.low, let exit = Self.exits(runs[group[0]], tensor, frame).last {
        point = Point(frame.x.position(exit.layer) + distance, exit.above ? area.top + 6 : area.bottom - 12)
      }
      labels.append((text, point))
    }
    return Self.spread(labels, within: area)
  }

  /// Labels that stand at one end moved a line's height apart, from the top down; what then hangs below the frame moves up
  /// again. Those elsewhere stay.
  private static func spread(
    _ labels: [(text: String, point: Point)], within area: Rectangle
  ) -> [(text: String, point: Point)] {
    var labels = labels
    let spacing = 14.0
    // By column: where one curve ends or leaves the frame others may, too.
    for column in Set(labels.map { ($0.point.x / 40).rounded() }) {
      let members = labels.indices.filter { (labels[$0].point.x / 40).rounded() == column }
        .sorted { labels[$0].point.y < labels[$1].point.y }
      for (upper, lower) in zip(members, members.dropFirst()) {
        labels[lower].point.y = max(labels[lower].point.y, labels[upper].point.y + spacing)
      }
      var limit = area.bottom - 8
      for index in members.reversed() {
        labels[index].point.y = min(labels[index].point.y, limit)
        limit = labels[index].point.y - spacing
      }
    }
    return labels
  }

  /// The uninterrupted stretches of layers that have a value.
  private static func stretches(_ run: InitializerRun, _ value: (LayerResult) -> Double?) -> [[(layer: Int, value: Double)]]
  {
    var result: [[(layer: Int, value: Double)]] = []
    var open = false
    for layer in run.layers {
      if let y = value(layer), abs(y) <= SignalCell.largestLog10 {
        if open { result[result.count - 1].append((layer.index, y)) } else { result.append([(layer.index, y)]) }
        open = true
      } else {
        open = false
      }
    }
    return result
  }

  private func drawBand(
    _ run: InitializerRun, _ tensor: SignalTensor, _ style: SeriesStyle, _ frame: ChartFrame, on canvas: Canvas
  ) {
    func bound(_ value: Double?) -> Double? { value.flatMap { abs($0) <= SignalCell.largestLog10 ? $0 : nil } }
    func interval(_ layer: LayerResult) -> Interval? {
      tensor.summary(of: layer).interval.flatMap { bound($0.low) == nil || bound($0.high) == nil ? nil : $0 }
    }
    let lows = Self.stretches(run) { interval($0)?.low }
    let highs = Self.stretches(run) { interval($0)?.high }
    for (low, high) in zip(lows, highs) {
      let top = high.map { frame.point(Double($0.layer), $0.value) }
      let bottom = low.map { frame.point(Double($0.layer), $0.value) }
      canvas.fill(polygon: top + bottom.reversed(), style.color.opacity(0.12))
      // One layer alone has no area: a bar in its place.
      if top.count == 1 { canvas.line(top[0], bottom[0], style.color.opacity(0.4), width: 4) }
    }
  }

  private func drawCurve(
    _ run: InitializerRun, _ index: Int, _ coincident: CoincidentSeries, _ tensor: SignalTensor, _ frame: ChartFrame,
    on canvas: Canvas
  ) {
    let style = SeriesStyle.categorical(index)
    for stretch in Self.stretches(run, { tensor.summary(of: $0).predictedLog10 }) {
      canvas.stroke(stretch.map { frame.point(Double($0.layer), $0.value) }, style.color, width: 1, dash: [4, 3])
    }
    let dash = coincident.dash(of: index, style)
    for stretch in Self.stretches(run, { SignalCell(tensor.summary(of: $0)).value }) {
      let points = stretch.map { frame.point(Double($0.layer), $0.value) }
      canvas.stroke(points, style.color, width: 2, dash: dash.lengths, offset: dash.offset)
      for (position, point) in points.enumerated() where coincident.isMarked(position, of: index, count: points.count) {
        canvas.mark(style.marker, at: point, style.color)
      }
    }
  }

  /// Where a curve crosses the upper or lower edge of the frame, or begins if it never enters, against the layers' order in
  /// which the signal runs.
  private static func exits(
    _ run: InitializerRun, _ tensor: SignalTensor, _ frame: ChartFrame
  ) -> [(layer: Double, above: Bool)] {
    let (low, high) = (frame.y.low, frame.y.high)
    func isInside(_ value: Double) -> Bool { value >= low && value <= high }
    var result: [(layer: Double, above: Bool)] = []
    for stretch in stretches(run, { SignalCell(tensor.summary(of: $0)).value }) {
      if let first = stretch.first, !stretch.contains(where: { isInside($0.value) }) {
        result.append((Double(first.layer), first.value > high))
      }
      for (a, b) in zip(stretch, stretch.dropFirst()) where isInside(a.value) != isInside(b.value) {
        let outside = isInside(a.value) ? b.value : a.value
        let bound = outside > high ? high : low
        let t = (bound - a.value) / (b.value - a.value)
        result.append((Double(a.layer) + t * (Double(b.layer) - Double(a.layer)), bound == high))
      }
    }
    return tensor == .activation ? result : result.reversed()
  }

  /// An arrow at each of them: triangles are markers of series.
  private func drawExits(
    _ run: InitializerRun, _ tensor: SignalTensor, _ style: SeriesStyle, _ frame: ChartFrame, on canvas: Canvas
  ) {
    for exit in Self.exits(run, tensor, frame) {
      let x = frame.x.position(exit.layer), out = exit.above ? -1.0 : 1.0
      let edge = exit.above ? frame.area.top : frame.area.bottom, tip = Point(x, edge + 9 * out)
      canvas.line(Point(x, edge - 5 * out), tip, style.color, width: 2)
      canvas.stroke([Point(x - 4, tip.y - 5 * out), tip, Point(x + 4, tip.y - 5 * out)], style.color, width: 2)
    }
  }

  /// A dotted line at the foot of the chart along the layers that a run leaves without a signal, and what it stands for.
  private func drawMissing(_ runs: [InitializerRun], _ tensor: SignalTensor, _ frame: ChartFrame, on canvas: Canvas) {
    var row = 0.0
    for (index, run) in runs.enumerated() {
      let style = SeriesStyle.categorical(index)
      let missing = Self.stretches(run) { SignalCell(tensor.summary(of: $0)) == .noSignal ? 0 : nil }
      guard let first = missing.first?.first else { continue }
      let y = ChartFrame.crisp(frame.area.bottom - 5 - 5 * row)
      for stretch in missing {
        guard let start = stretch.first, let end = stretch.last else { continue }
        // One layer alone has no length.
        let half = start.layer == end.layer ? 4.0 : 0
        canvas.line(
          Point(frame.x.position(Double(start.layer)) - half, y), Point(frame.x.position(Double(end.layer)) + half, y),
          style.color, width: 2.2, dash: [2, 3])
      }
      if row == 0 {
        canvas.text(
          "dotted: no signal", at: Point(frame.x.position(Double(first.layer)), frame.area.bottom - 28),
          TextStyle(12, color: .quiet))
      }
      // More rows than the text has room for lie on one another.
      row = min(row + 1, 3)
    }
  }

  // MARK: Legend

  private func drawLegend(_ rows: [LegendRow], top: Double, width: Double, on canvas: Canvas) {
    let head = TextStyle(12, color: .quiet), plain = TextStyle(13), number = TextStyle(13, tabular: true)
    let sampleX = Page.margin + (rows.contains { $0.number != nil } ? 30.0 : 0), nameX = sampleX + 44
    func widest(_ texts: [String], _ title: String, _ style: TextStyle) -> Double {
      max(texts.map { canvas.width(of: $0, style) }.max() ?? 0, canvas.width(of: title, head))
    }
    let titles = ["growth per layer, forward", "backward", "same curve as", "verdict"]
    let hasCompanions = rows.contains { !$0.companions.isEmpty }, hasVerdict = rows.contains { $0.verdict != nil }
    let widths = [
      widest(rows.map(\.forward), titles[0], number), widest(rows.map(\.backward), titles[1], number),
      hasCompanions ? min(250, widest(rows.map(\.companions), titles[2], plain)) : 0,
      hasVerdict ? widest(rows.compactMap(\.verdict), titles[3], plain) : 0,
    ]
    let gap = 28.0
    let taken = widths.reduce(0) { $0 + ($1 > 0 ? $1 + gap : 0) }
    let names = rows.map { canvas.width(of: $0.name, plain) }.max() ?? 0
    let nameRoom = min(names, max(110, width - Page.margin - nameX - taken))
    let forwardX = nameX + nameRoom + gap + widths[0], backwardX = forwardX + gap + widths[1]
    let companionX = backwardX + gap, verdictX = companionX + (hasCompanions ? widths[2] + gap : 0)
    canvas.text(titles[0], at: Point(forwardX, top), head, anchor: .end)
    canvas.text(titles[1], at: Point(backwardX, top), head, anchor: .end)
    if hasCompanions { canvas.text(titles[2], at: Point(companionX, top), head) }
    if hasVerdict { canvas.text(titles[3], at: Point(verdictX, top), head) }
    for (index, row) in rows.enumerated() {
      let y = ChartFrame.crisp(top + 10 + (Double(index) + 0.5) * Self.rowHeight)
      let style = SeriesStyle.categorical(index)
      if let number = row.number {
        canvas.text(
          number, at: Point(sampleX - 10, y), TextStyle(12, weight: .semibold, tabular: true), anchor: .end,
          vertical: .middle)
      }
      canvas.line(Point(sampleX, y), Point(sampleX + 34, y), style.color, width: 2.2, dash: style.dash)
      canvas.mark(style.marker, at: Point(sampleX + 17, y), style.color)
      canvas.text(canvas.fitted(row.name, plain, to: nameRoom), at: Point(nameX, y), plain, vertical: .middle)
      canvas.text(row.forward, at: Point(forwardX, y), number, anchor: .end, vertical: .middle)
      canvas.text(row.backward, at: Point(backwardX, y), number, anchor: .end, vertical: .middle)
      canvas.text(
        canvas.fitted(row.companions, plain, to: max(widths[2], 1)), at: Point(companionX, y), plain, vertical: .middle)
      if let verdict = row.verdict { canvas.text(verdict, at: Point(verdictX, y), plain, vertical: .middle) }
    }
  }
}
