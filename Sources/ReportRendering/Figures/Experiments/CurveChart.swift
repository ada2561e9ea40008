import Glibc

/// Several small line charts with one legend: measured series with bands, and theory's lines over them.
package struct CurveChart: Sendable {
  package struct Sample: Sendable {
    package var x: Double
    package var y: Double
    /// The ends of an interval around `y`.
    package var band: (low: Double, high: Double)?
    package init(_ x: Double, _ y: Double, band: (low: Double, high: Double)? = nil) {
      self.x = x
      self.y = y
      self.band = band
    }
  }

  package struct Series: Sendable {
    package var name: String
    package var style: SeriesStyle
    package var samples: [Sample]
    /// Whether samples have markers; a line from theory has none.
    package var isMarked: Bool
    package init(_ name: String, _ style: SeriesStyle, _ samples: [Sample], isMarked: Bool = true) {
      self.name = name
      self.style = style
      self.samples = samples
      self.isMarked = isMarked
    }
  }

  package struct Panel: Sendable {
    package var title: String
    package var xTitle: String
    package var yTitle: String
    package var series: [Series]
    package var xIsLogarithmic = false
    package var yIsLogarithmic = false
    /// Lines to compare with, such as chance.
    package var levels: [(value: Double, label: String)] = []
    /// The range of possible values, at which bands are cut. A Student interval of an accuracy may exceed it.
    package var bounds: ClosedRange<Double>?
    package init(_ title: String, x: String, y: String, _ series: [Series]) {
      self.title = title
      xTitle = x
      yTitle = y
      self.series = series
      if y.contains("accuracy") { bounds = 0...1 }
    }
  }

  package var title: String
  package var lines: [String]
  package var panels: [Panel]

  package init(_ title: String, lines: [String], panels: [Panel]) {
    precondition(!panels.isEmpty, "a chart needs a panel")
    self.title = title
    self.lines = lines
    self.panels = panels
  }

  package func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: title, description: lines.joined(separator: "; "))
  }

  private static let inset = (left: 74.0, top: 34.0, bottom: 58.0)

  package func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let grid = PanelGrid(count: panels.count, panelHeight: panels.count == 1 ? 440 : 350)
    let page = Page(title, lines: lines + notes, width: grid.width, ruler: ruler)
    let plots = panels.enumerated().map { plot($1, in: grid.panel($0, top: page.contentTop)) }
    let legend = SeriesLegend(legendEntries(plots), width: grid.width - 2 * Page.margin, ruler: ruler)
    let legendTop = page.contentTop + grid.height + 14
    let canvas = try Page.canvas(width: grid.width, height: legendTop + legend.height + Page.margin)
    page.draw(on: canvas)
    for (panel, plot) in zip(panels, plots) { draw(panel, plot, on: canvas) }
    legend.draw(at: Point(Page.margin, legendTop), on: canvas)
    try canvas.check()
    return canvas
  }

  /// One entry per name; marked series that lie on the line of others say so.
  private func legendEntries(_ plots: [Plot]) -> [SeriesLegend.Entry] {
    var names: [String] = []
    var entries: [String: SeriesLegend.Entry] = [:]
    for (panel, plot) in zip(panels, plots) {
      for (index, series) in panel.series.enumerated() {
        if entries[series.name] == nil {
          names.append(series.name)
          entries[series.name] = SeriesLegend.Entry(
            style: series.style, name: series.name, note: "", isMarked: series.isMarked)
        }
        let others = plot.coincident.companions(of: index).map { panel.series[$0].name }
        if !others.isEmpty, entries[series.name]?.note.isEmpty ?? false {
          let place = panels.count > 1 ? ", \(panel.title)" : ""
          entries[series.name]?.note = "(on the line of \(others.joined(separator: "; "))\(place))"
        }
      }
    }
    return names.compactMap { entries[$0] }
  }

  /// What is cut off, in words for the lines under the title.
  package var notes: [String] {
    var notes: [String] = []
    let panels = panels.map { ($0, Scale($0)) }
    if panels.contains(where: { panel, scale in
      panel.yIsLogarithmic && panel.series.joinedSamples.contains { $0.band.map { scale.isCut($0.low) } ?? false }
    }) {
      notes.append(
        "Bands that reach far below their curve, or below 0 where a logarithmic axis has no place, are cut at the axis.")
    }
    if panels.contains(where: { panel, scale in
      guard !panel.yIsLogarithmic, let bounds = panel.bounds else { return false }
      return panel.series.joinedSamples.contains {
        $0.band.map { $0.low < bounds.lowerBound || $0.high > bounds.upperBound } ?? false
      }
    }) {
      notes.append("Bands are cut at 0 and 1: no accuracy lies beyond.")
    }
    return notes
  }

  /// Where values stand on a panel's vertical axis, as numbers of the axis: logarithms where that is logarithmic.
  package struct Scale: Sendable {
    let isLogarithmic: Bool
    let bounds: ClosedRange<Double>?
    /// The least that a band is followed to: a tenth of the least mean, on a logarithmic axis.
    package let floor: Double?

    package init(_ panel: Panel) {
      isLogarithmic = panel.yIsLogarithmic
      bounds = panel.bounds
      let means = panel.series.joinedSamples.map(\.y).filter { $0 > 0 && $0.isFinite }
      floor = panel.yIsLogarithmic ? means.min().map { $0 / 10 } : nil
    }

    /// A curve's value; nil where it has no place, such as the logarithm of 0.
    package func place(_ value: Double) -> Double? {
      guard value.isFinite else { return nil }
      return !isLogarithmic ? value : value > 0 ? log10(value) : nil
    }

    /// Whether the lower end of a band lies below the least that is drawn.
    package func isCut(_ low: Double) -> Bool { isLogarithmic && low < floor ?? 0 }

    /// An end of a band, cut at what values can be and at the least that is drawn.
    package func placeOfBand(_ value: Double) -> Double? {
      let possible = bounds.map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value
      return place(max(possible, floor ?? possible))
    }
  }

  /// A panel's axes, and where its curves lie on them.
  private struct Plot {
    var scale: Scale
    var frame: ChartFrame
    var coincident: CoincidentSeries
    /// Pixels by which each series is moved to the right.
    var shifts: [Double]

    func point(_ x: Double, _ y: Double, of series: Int) -> Point {
      let place = frame.point(x, y)
      return Point(place.x + shifts[series], place.y)
    }
  }

  private func plot(_ panel: Panel, in rectangle: Rectangle) -> Plot {
    let area = Rectangle(
      x: rectangle.x + Self.inset.left, y: rectangle.y + Self.inset.top,
      width: rectangle.width - Self.inset.left - 10, height: rectangle.height - Self.inset.top - Self.inset.bottom)
    let scale = Scale(panel), all = panel.series.joinedSamples
    let xs = all.compactMap { Self.placeX($0.x, panel) }
    let bands = all.flatMap { sample in sample.band.map { [$0.low, $0.high] } ?? [] }.compactMap(scale.placeOfBand)
    let ys = (all.map(\.y) + panel.levels.map(\.value)).compactMap(scale.place) + bands
    let x = Self.axis(xs, from: area.left, to: area.right, margin: 0.02)
    let y = Self.axis(ys, from: area.bottom, to: area.top, margin: 0.05)
    let areWhole = !panel.xIsLogarithmic && all.allSatisfy { $0.x == $0.x.rounded() && abs($0.x) < 1e15 }
    let frame = ChartFrame(
      area: area, x: x, y: y,
      xTicks: panel.xIsLogarithmic
        ? Ticks.log10Axis(x.low, x.high, count: 8)
        : areWhole
          ? Ticks.integer(Int(x.low.rounded(.up)), Int(x.high.rounded(.down)), count: 9)
          : Ticks.linear(x.low, x.high, count: 8),
      yTicks: panel.yIsLogarithmic ? Ticks.log10Axis(y.low, y.high, count: 8) : Ticks.linear(y.low, y.high, count: 8),
      xTitle: panel.xTitle, yTitle: panel.yTitle)
    // A theory's line is meant to lie on what it predicts, and single points are no line.
    let heights = panel.series.map { series in
      series.isMarked && series.samples.count > 1 ? series.samples.map { scale.place($0.y).map(frame.y.position) } : []
    }
    // With one sample each the series stand side by side.
    let isLone = panel.series.count > 1 && Set(all.map(\.x)).count == 1
    let middle = Double(panel.series.count - 1) / 2
    let spacing = min(18, 0.8 * area.width / Double(panel.series.count))
    return Plot(
      scale: scale, frame: frame, coincident: CoincidentSeries(heights),
      shifts: panel.series.indices.map { isLone ? (Double($0) - middle) * spacing : 0 })
  }

  private static func placeX(_ value: Double, _ panel: Panel) -> Double? {
    guard value.isFinite else { return nil }
    return !panel.xIsLogarithmic ? value : value > 0 ? log10(value) : nil
  }

  private func draw(_ panel: Panel, _ plot: Plot, on canvas: Canvas) {
    let frame = plot.frame, area = frame.area
    canvas.text(
      canvas.fitted(panel.title, TextStyle(14, weight: .semibold), to: area.width), at: Point(area.left, area.top - 12),
      TextStyle(14, weight: .semibold))
    frame.draw(on: canvas, yTitleDistance: 58)
    canvas.clipped(to: Rectangle(x: area.x - 6, y: area.y - 6, width: area.width + 12, height: area.height + 12)) {
      for level in panel.levels {
        guard let value = plot.scale.place(level.value) else { continue }
        let height = ChartFrame.crisp(frame.y.position(value))
        canvas.line(Point(area.left, height), Point(area.right, height), .quiet, dash: [3, 3])
      }
      for (index, series) in panel.series.enumerated() { drawBand(series, index, panel, plot, on: canvas) }
      for (index, series) in panel.series.enumerated() { drawCurve(series, index, panel, plot, on: canvas) }
      for level in panel.levels {
        guard let value = plot.scale.place(level.value) else { continue }
        let style = TextStyle(12, color: .quiet), width = canvas.width(of: level.label, style)
        let place = levelPlace(height: frame.y.position(value), width: width + 6, panel, plot)
        canvas.fill(place, Color.white.opacity(0.8))
        canvas.text(level.label, at: Point(place.x + 3, place.y + 12), style)
      }
    }
  }

  /// Where the label of a level covers the least of the curves: above the line or below, at its left end, in its middle or
  /// at its right end.
  private func levelPlace(height: Double, width: Double, _ panel: Panel, _ plot: Plot) -> Rectangle {
    let area = plot.frame.area, size = 15.0
    let lefts = [area.left + 6, area.center.x - width / 2, area.right - width - 6]
    let tops = [height - 17, height + 3].filter { $0 >= area.top && $0 + size <= area.bottom }
    let curves = panel.series.enumerated().map { index, series in
      series.samples.compactMap { sample -> Point? in
        guard let x = Self.placeX(sample.x, panel), let y = plot.scale.place(sample.y) else { return nil }
        return plot.point(x, y, of: index)
      }
    }
    // Points along each stretch, a few pixels apart.
    let covering: [Point] = curves.flatMap { points -> [Point] in
      guard points.count > 1 else { return points }
      return zip(points, points.dropFirst()).flatMap { a, b -> [Point] in
        (0...20).map { step -> Point in
          let t = Double(step) / 20
          return Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)
        }
      }
    }
    func covered(_ box: Rectangle) -> Int {
      let (right, bottom) = (box.x + width + 4, box.y + size + 3)
      return covering.count { $0.x >= box.x - 4 && $0.x <= right && $0.y >= box.y - 3 && $0.y <= bottom }
    }
    var best = Rectangle(x: lefts[0], y: tops.first ?? height - 17, width: width, height: size), least = Int.max
    for x in lefts {
      for y in tops {
        let box = Rectangle(x: x, y: y, width: width, height: size), count = covered(box)
        if count < least { (best, least) = (box, count) }
      }
    }
    return best
  }

  /// Samples without a band, or without a place for it, end a stretch of the band; a stretch of one sample is a bar.
  private func drawBand(_ series: Series, _ index: Int, _ panel: Panel, _ plot: Plot, on canvas: Canvas) {
    var stretch: [(low: Point, high: Point)] = []
    func finish() {
      canvas.fill(polygon: stretch.map(\.high) + stretch.reversed().map(\.low), series.style.color.opacity(0.14))
      if stretch.count == 1 { canvas.line(stretch[0].low, stretch[0].high, series.style.color.opacity(0.4), width: 4) }
      stretch = []
    }
    for sample in series.samples {
      if let band = sample.band, let x = Self.placeX(sample.x, panel), let low = plot.scale.placeOfBand(band.low),
        let high = plot.scale.placeOfBand(band.high)
      {
        stretch.append((plot.point(x, low, of: index), plot.point(x, high, of: index)))
      } else {
        finish()
      }
    }
    finish()
  }

  /// A value that has no place, such as the logarithm of 0, breaks the line.
  private func drawCurve(_ series: Series, _ index: Int, _ panel: Panel, _ plot: Plot, on canvas: Canvas) {
    let dash = plot.coincident.dash(of: index, series.style)
    let isShared = !plot.coincident.companions(of: index).isEmpty
    var stretch: [Point] = [], marks: [Point] = []
    func finish() {
      canvas.stroke(stretch, series.style.color, width: 2, dash: dash.lengths, offset: dash.offset)
      stretch = []
    }
    for (position, sample) in series.samples.enumerated() {
      if let x = Self.placeX(sample.x, panel), let y = plot.scale.place(sample.y) {
        stretch.append(plot.point(x, y, of: index))
        let isMarked =
          series.samples.count > 40 || isShared
          ? plot.coincident.isMarked(position, of: index, count: series.samples.count) : true
        if series.isMarked, isMarked { marks.append(plot.point(x, y, of: index)) }
      } else {
        finish()
      }
    }
    finish()
    for point in marks { canvas.mark(series.style.marker, at: point, series.style.color, size: 6.5) }
  }

  private static func axis(_ values: [Double], from: Double, to: Double, margin: Double) -> Axis {
    let low = values.min() ?? 0, high = values.max() ?? 1
    let room = high > low ? (high - low) * margin : max(abs(low) * 0.1, 0.5)
    return Axis(low - room, high + room, from: from, to: to)
  }
}

extension [CurveChart.Series] {
  fileprivate var joinedSamples: [CurveChart.Sample] { flatMap(\.samples) }
}
