import SignalPropagation

/// Log10 second moments against depth, forward and backward, with 95% intervals over replicas.
package struct GrowthCurves {
  let report: AuditReport

  private static let plotWidth = 520.0
  private static let plotHeight = 400.0
  private static let gap = 96.0
  private static let rowHeight = 24.0

  package init(_ report: AuditReport) { self.report = report }

  /// Where everything stands, in pixels.
  package struct Layout {
    var page: Page
    var runs: [InitializerRun]
    package var reach: Reach
    package var forward: ChartFrame
    package var backward: ChartFrame

    var legendTop: Double { forward.area.bottom + 74 }
    var height: Double { legendTop + 26 + Double(runs.count) * rowHeight + Page.margin }
  }

  package func layout() throws(RenderingError) -> Layout {
    let runs = Array(report.runs.prefix(Page.mostRows))
    let reach = Self.reach(runs)
    let left = Page.margin + 72
    let hasTheory = runs.contains { run in
      run.layers.contains { $0.activation.predictedLog10 != nil || $0.gradient.predictedLog10 != nil }
    }
    let note = [
      report.seeds > 1 ? "Bands: 95% intervals of the mean over replicas." : nil,
      hasTheory ? "Thin dashed lines: theory." : nil,
      reach.isClipped ? "Triangles: the curve leaves the frame; the heatmaps have its values." : nil,
    ].compactMap { $0 }.joined(separator: " ")
    let page = Page(
      Figure.growth.title, report,
      notes: (note.isEmpty ? [] : [note]) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: left + 2 * Self.plotWidth + Self.gap + Page.margin, ruler: try Page.ruler())

    let indices = runs.flatMap { $0.layers.map(\.index) }
    let first = indices.min() ?? 1
    let last = indices.max() ?? 1
    // A third of a layer of air on both sides, or 2% of a deep network.
    let span = Double(last) - Double(first)
    // The last term keeps apart the ends of an axis of absurd layer numbers.
    let air = max(0.3, 0.02 * span, 1e-9 * max(abs(Double(first)), abs(Double(last))))
    func frame(_ column: Int, _ yTitle: String) -> ChartFrame {
      let area = Rectangle(
        x: left + Double(column) * (Self.plotWidth + Self.gap), y: page.contentTop + 24, width: Self.plotWidth,
        height: Self.plotHeight)
      return ChartFrame(
        area: area, x: Axis(Double(first) - air, Double(last) + air, from: area.left, to: area.right),
        y: Axis(reach.low, reach.high, from: area.bottom, to: area.top), xTicks: Ticks.integer(first, last, count: 10),
        yTicks: Ticks.log10Axis(reach.low, reach.high, count: 8), xTitle: "layer", yTitle: yTitle)
    }
    return Layout(
      page: page, runs: runs, reach: reach, forward: frame(0, "second moment of the activations"),
      backward: frame(1, "second moment of the gradients"))
  }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.page.width, height: layout.height)
    layout.page.draw(on: canvas)
    draw(.activation, layout.runs, layout.reach, layout.forward, on: canvas)
    draw(.gradient, layout.runs, layout.reach, layout.backward, on: canvas)
    drawLegend(layout.runs, top: layout.legendTop, width: layout.page.width, on: canvas)
    try canvas.check()
    return canvas
  }

  // MARK: Range

  package struct Reach: Equatable {
    package var low: Double
    package var high: Double
    package var isClipped: Bool
  }

  /// The range that shows most runs at a readable slope: from the median run's extent outwards as long as no gap is wider
  /// than a factor of 2.5. A run beyond it leaves the frame instead of flattening the others.
  static func reach(_ runs: [InitializerRun]) -> Reach {
    func values(_ run: InitializerRun) -> [Double] {
      [SignalTensor.activation, .gradient].flatMap { tensor in
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
    // A factor of a thousand at the least: what is flat beside that must not push out a network that loses 1e-6.
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
    _ tensor: SignalTensor, _ runs: [InitializerRun], _ reach: Reach, _ frame: ChartFrame, on canvas: Canvas
  ) {
    let area = frame.area
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
        drawCurve(run, index, of: runs.count, tensor, frame, on: canvas)
      }
    }
    for (index, run) in runs.enumerated() {
      drawExits(run, tensor, SeriesStyle.categorical(index), frame, reach, on: canvas)
    }
  }

  /// Unbroken stretches of layers that have a value.
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
    let lows = Self.stretches(run) { tensor.summary(of: $0).interval?.low }
    let highs = Self.stretches(run) { tensor.summary(of: $0).interval?.high }
    for (low, high) in zip(lows, highs) where low.count == high.count && low.count > 1 {
      let outline =
        high.map { frame.point(Double($0.layer), $0.value) } + low.reversed().map { frame.point(Double($0.layer), $0.value) }
      canvas.fill(polygon: outline, style.color.opacity(0.12))
    }
  }

  private func drawCurve(
    _ run: InitializerRun, _ index: Int, of count: Int, _ tensor: SignalTensor, _ frame: ChartFrame, on canvas: Canvas
  ) {
    let style = SeriesStyle.categorical(index)
    for stretch in Self.stretches(run, { tensor.summary(of: $0).predictedLog10 }) {
      canvas.stroke(stretch.map { frame.point(Double($0.layer), $0.value) }, style.color, width: 1, dash: [4, 3])
    }
    // Markers at most eight to a curve, staggered from series to series so that they do not cover each other.
    let every = max(1, (run.layers.count + 7) / 8)
    for stretch in Self.stretches(run, { SignalCell(tensor.summary(of: $0)).value }) {
      let points = stretch.map { frame.point(Double($0.layer), $0.value) }
      canvas.stroke(points, style.color, width: 2, dash: style.dash)
      for (position, point) in points.enumerated() where points.count == 1 || (position + index) % every == 0 {
        canvas.mark(style.marker, at: point, style.color)
      }
    }
  }

  /// A triangle on the frame where a curve leaves it, or begins if it never enters.
  private func drawExits(
    _ run: InitializerRun, _ tensor: SignalTensor, _ style: SeriesStyle, _ frame: ChartFrame, _ reach: Reach,
    on canvas: Canvas
  ) {
    for stretch in Self.stretches(run, { SignalCell(tensor.summary(of: $0)).value }) {
      func isInside(_ value: Double) -> Bool { value >= reach.low && value <= reach.high }
      func mark(_ x: Double, above: Bool) {
        let y = above ? frame.area.top - 3 : frame.area.bottom + 3
        canvas.mark(above ? .triangle : .downTriangle, at: Point(frame.x.position(x), y), style.color, size: 10)
      }
      if let first = stretch.first, !stretch.contains(where: { isInside($0.value) }) {
        mark(Double(first.layer), above: first.value > reach.high)
      }
      for (a, b) in zip(stretch, stretch.dropFirst()) where isInside(a.value) != isInside(b.value) {
        let outside = isInside(a.value) ? b.value : a.value
        let bound = outside > reach.high ? reach.high : reach.low
        let t = (bound - a.value) / (b.value - a.value)
        mark(Double(a.layer) + t * (Double(b.layer) - Double(a.layer)), above: bound == reach.high)
      }
    }
  }

  // MARK: Legend

  private func drawLegend(_ runs: [InitializerRun], top: Double, width: Double, on canvas: Canvas) {
    let head = TextStyle(12, color: .quiet)
    let number = TextStyle(13, tabular: true)
    let nameX = Page.margin + 44
    let names = ReportCaption.labels(of: runs)
    let nameRoom = min(names.map { canvas.width(of: $0, TextStyle(13)) }.max() ?? 0, width - 2 * Page.margin - 44 - 2 * 240)
    let forwardX = nameX + nameRoom + 240
    let right = forwardX + 240
    canvas.text("growth per layer, forward", at: Point(forwardX, top), head, anchor: .end)
    canvas.text("growth per layer, backward", at: Point(right, top), head, anchor: .end)
    for (index, run) in runs.enumerated() {
      let y = ChartFrame.crisp(top + 10 + (Double(index) + 0.5) * Self.rowHeight)
      let style = SeriesStyle.categorical(index)
      canvas.line(Point(Page.margin, y), Point(Page.margin + 34, y), style.color, width: 2.2, dash: style.dash)
      canvas.mark(style.marker, at: Point(Page.margin + 17, y), style.color)
      canvas.text(
        canvas.fitted(names[index], TextStyle(13), to: nameRoom), at: Point(nameX, y), TextStyle(13),
        vertical: .middle)
      for (tensor, x) in [(SignalTensor.activation, forwardX), (.gradient, right)] {
        canvas.text(GrowthText.full(run, tensor), at: Point(x, y), number, anchor: .end, vertical: .middle)
      }
    }
  }
}
