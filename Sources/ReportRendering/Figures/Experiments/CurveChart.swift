import Glibc

/// Small multiples of line charts with one legend: measured series with bands, and theory's lines over them.
package struct CurveChart: Sendable {
  package struct Sample: Sendable {
    package var x: Double
    package var y: Double
    /// Ends of an interval around `y`.
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
    /// Marks at the samples; a theory's line has none.
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
    /// Levels to compare with, such as chance.
    package var levels: [(value: Double, label: String)] = []
    /// What values can be: bands are cut there, as a Student interval of an accuracy knows no bounds.
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
    let page = Page(title, lines: lines, width: grid.width, ruler: ruler)
    let legend = SeriesLegend(legendEntries, width: grid.width - 2 * Page.margin, ruler: ruler)
    let legendTop = page.contentTop + grid.height + 14
    let canvas = try Page.canvas(width: grid.width, height: legendTop + legend.height + Page.margin)
    page.draw(on: canvas)
    for (index, panel) in panels.enumerated() {
      draw(panel, in: grid.panel(index, top: page.contentTop), on: canvas)
    }
    legend.draw(at: Point(Page.margin, legendTop), on: canvas)
    try canvas.check()
    return canvas
  }

  private var legendEntries: [SeriesLegend.Entry] {
    var names: Set<String> = []
    return panels.flatMap(\.series).filter { names.insert($0.name).inserted }
      .map { SeriesLegend.Entry(style: $0.style, name: $0.name, note: "") }
  }

  private func draw(_ panel: Panel, in rectangle: Rectangle, on canvas: Canvas) {
    let area = Rectangle(
      x: rectangle.x + Self.inset.left, y: rectangle.y + Self.inset.top,
      width: rectangle.width - Self.inset.left - 10, height: rectangle.height - Self.inset.top - Self.inset.bottom)
    canvas.text(
      canvas.fitted(panel.title, TextStyle(14, weight: .semibold), to: area.width), at: Point(area.left, area.top - 12),
      TextStyle(14, weight: .semibold))
    func place(_ value: Double, _ logarithmic: Bool) -> Double? {
      guard value.isFinite else { return nil }
      if !logarithmic { return value }
      return value > 0 ? log10(value) : nil
    }
    let all = panel.series.flatMap(\.samples)
    let xs = all.compactMap { place($0.x, panel.xIsLogarithmic) }
    func cut(_ value: Double) -> Double { panel.bounds.map { min(max(value, $0.lowerBound), $0.upperBound) } ?? value }
    let values = all.flatMap { sample in [sample.y] + (sample.band.map { [cut($0.low), cut($0.high)] } ?? []) }
    let ys = (values + panel.levels.map(\.value)).compactMap { place($0, panel.yIsLogarithmic) }
    let x = Self.axis(xs, from: area.left, to: area.right, margin: 0.02)
    let y = Self.axis(ys, from: area.bottom, to: area.top, margin: 0.05)
    let areWhole = !panel.xIsLogarithmic && all.allSatisfy { $0.x == $0.x.rounded() }
    let frame = ChartFrame(
      area: area, x: x, y: y,
      xTicks: panel.xIsLogarithmic
        ? Ticks.log10Axis(x.low, x.high, count: 8)
        : areWhole
          ? Ticks.integer(Int(x.low.rounded(.up)), Int(x.high.rounded(.down)), count: 9)
          : Ticks.linear(x.low, x.high, count: 8),
      yTicks: panel.yIsLogarithmic ? Ticks.log10Axis(y.low, y.high, count: 8) : Ticks.linear(y.low, y.high, count: 8),
      xTitle: panel.xTitle, yTitle: panel.yTitle)
    frame.draw(on: canvas, yTitleDistance: 58)
    canvas.clipped(to: Rectangle(x: area.x - 6, y: area.y - 6, width: area.width + 12, height: area.height + 12)) {
      for level in panel.levels {
        guard let value = place(level.value, panel.yIsLogarithmic) else { continue }
        let height = ChartFrame.crisp(y.position(value))
        canvas.line(Point(area.left, height), Point(area.right, height), .quiet, dash: [3, 3])
      }
      for series in panel.series {
        let banded = series.samples.filter { $0.band != nil }
        let ends: [(Point, Point)] = banded.compactMap { sample in
          guard let band = sample.band, let px = place(sample.x, panel.xIsLogarithmic),
            let low = place(cut(band.low), panel.yIsLogarithmic),
            let high = place(cut(band.high), panel.yIsLogarithmic)
          else { return nil }
          return (frame.point(px, low), frame.point(px, high))
        }
        canvas.fill(polygon: ends.map(\.1) + ends.reversed().map(\.0), series.style.color.opacity(0.14))
      }
      for series in panel.series {
        // A value that has no place, such as the logarithm of 0, breaks the line.
        var stretch: [Point] = []
        var marks: [Point] = []
        for sample in series.samples {
          if let px = place(sample.x, panel.xIsLogarithmic), let py = place(sample.y, panel.yIsLogarithmic) {
            stretch.append(frame.point(px, py))
            marks.append(frame.point(px, py))
          } else {
            canvas.stroke(stretch, series.style.color, width: 2, dash: series.style.dash)
            stretch = []
          }
        }
        canvas.stroke(stretch, series.style.color, width: 2, dash: series.style.dash)
        if series.isMarked {
          for point in marks { canvas.mark(series.style.marker, at: point, series.style.color, size: 6.5) }
        }
      }
      for level in panel.levels {
        guard let value = place(level.value, panel.yIsLogarithmic) else { continue }
        let style = TextStyle(12, color: .quiet), width = canvas.width(of: level.label, style), height = y.position(value)
        // Below the line where there is no room above it.
        let baseline = height - 22 < area.top ? height + 15 : height - 5
        canvas.fill(Rectangle(x: area.left + 6, y: baseline - 12, width: width + 6, height: 15), Color.white.opacity(0.8))
        canvas.text(level.label, at: Point(area.left + 9, baseline), style)
      }
    }
  }

  private static func axis(_ values: [Double], from: Double, to: Double, margin: Double) -> Axis {
    let low = values.min() ?? 0, high = values.max() ?? 1
    let room = high > low ? (high - low) * margin : max(abs(low) * 0.1, 0.5)
    return Axis(low - room, high + room, from: from, to: to)
  }
}
