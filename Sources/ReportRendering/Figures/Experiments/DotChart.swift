/// One row per condition: every seed's result as a dot, their mean and its interval. Equal results make larger dots.
package struct DotChart: Sendable {
  package struct Row: Sendable {
    package var name: String
    package var style: SeriesStyle
    package var values: [Double]
    package var interval: (low: Double, high: Double)?
    package init(_ name: String, _ style: SeriesStyle, _ values: [Double], interval: (low: Double, high: Double)?) {
      self.name = name
      self.style = style
      self.values = values
      self.interval = interval
    }
  }

  package struct Section: Sendable {
    package var title: String
    package var rows: [Row]
    package init(_ title: String, _ rows: [Row]) {
      self.title = title
      self.rows = rows
    }
  }

  package var title: String
  package var lines: [String]
  package var xTitle: String
  package var sections: [Section]
  /// Values to compare with, such as what the original reports.
  package var references: [(value: Double, label: String)]
  /// What values can be: intervals are cut there, as a Student interval of an accuracy knows no bounds.
  package var bounds: ClosedRange<Double>?

  package init(
    _ title: String, lines: [String], x: String, sections: [Section], references: [(value: Double, label: String)] = []
  ) {
    self.title = title
    self.lines = lines
    xTitle = x
    self.sections = sections
    self.references = references
    if x.contains("accuracy") { bounds = 0...1 }
  }

  /// What is cut off, in words for the lines under the title.
  package var notes: [String] {
    let intervals = sections.flatMap(\.rows).compactMap(\.interval)
    guard let bounds, intervals.contains(where: { $0.low < bounds.lowerBound || $0.high > bounds.upperBound }) else {
      return []
    }
    return ["Intervals are cut at 0 and 1: no accuracy lies beyond."]
  }

  /// An interval within the bounds; nil where it is not finite.
  package func cut(_ interval: (low: Double, high: Double)?) -> (low: Double, high: Double)? {
    guard let interval, interval.low.isFinite, interval.high.isFinite else { return nil }
    guard let bounds else { return interval }
    func inside(_ value: Double) -> Double { min(max(value, bounds.lowerBound), bounds.upperBound) }
    return (inside(interval.low), inside(interval.high))
  }

  package func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: title, description: lines.joined(separator: "; "))
  }

  private static let rowHeight = 34.0
  private static let sectionHeight = 30.0
  private static let width = 980.0

  package func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let page = Page(title, lines: lines + notes, width: Self.width, ruler: ruler)
    let names = sections.flatMap(\.rows).map { ruler.width(of: $0.name, TextStyle(13)) }
    let left = Page.margin + min(max(names.max() ?? 0, 80), 340) + 14
    let rows = sections.reduce(0.0) { $0 + Self.sectionHeight + Double($1.rows.count) * Self.rowHeight }
    let top = page.contentTop + (references.isEmpty ? 0 : 18 * Double(references.count))
    let area = Rectangle(x: left, y: top, width: Self.width - left - Page.margin - 12, height: rows)
    let canvas = try Page.canvas(width: Self.width, height: area.bottom + 56 + Page.margin)
    page.draw(on: canvas)
    let all =
      sections.flatMap(\.rows).flatMap { $0.values + (cut($0.interval).map { [$0.low, $0.high] } ?? []) }.filter(\.isFinite)
      + references.map(\.value)
    let low = all.min() ?? 0, high = all.max() ?? 1
    let room = high > low ? (high - low) * 0.04 : max(abs(low) * 0.1, 0.01)
    let x = Axis(low - room, high + room, from: area.left, to: area.right)
    let ticks = Ticks.linear(x.low, x.high, count: 8)
    for tick in ticks {
      let place = ChartFrame.crisp(x.position(tick.value))
      canvas.line(Point(place, area.top), Point(place, area.bottom), .grid)
    }
    ChartFrame(
      area: area, x: x, y: Axis(0, 1, from: area.bottom, to: area.top), xTicks: ticks, yTicks: [], xTitle: xTitle, yTitle: ""
    ).draw(on: canvas)
    for (index, reference) in references.enumerated() {
      let place = ChartFrame.crisp(x.position(reference.value))
      let height = area.top - 8 - 18 * Double(references.count - 1 - index)
      canvas.line(Point(place, height + 3), Point(place, area.bottom), .quiet, dash: [3, 3])
      let isRight = place > area.center.x
      canvas.text(
        reference.label, at: Point(place + (isRight ? -4 : 4), height), TextStyle(12, color: .quiet),
        anchor: isRight ? .end : .start)
    }
    var y = area.top
    for section in sections {
      canvas.text(section.title, at: Point(Page.margin, y + 20), TextStyle(13, weight: .semibold))
      y += Self.sectionHeight
      for row in section.rows {
        draw(row, at: y + Self.rowHeight / 2, x, left: left, on: canvas)
        y += Self.rowHeight
      }
    }
    try canvas.check()
    return canvas
  }

  private func draw(_ row: Row, at y: Double, _ x: Axis, left: Double, on canvas: Canvas) {
    let style = TextStyle(13)
    canvas.text(
      canvas.fitted(row.name, style, to: left - Page.margin - 12), at: Point(left - 10, y), style, anchor: .end,
      vertical: .middle)
    let counts = Dictionary(grouping: row.values.filter(\.isFinite)) { $0 }.mapValues(\.count)
    let most = Double(counts.values.max() ?? 1)
    for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
      let size = min(8 * Double(count).squareRoot(), 4 + 14 * (Double(count) / most).squareRoot())
      canvas.mark(.circle, at: Point(x.position(value), y), row.style.color.opacity(0.45), size: size)
    }
    guard let whole = row.interval, let interval = cut(whole) else { return }
    let from = x.position(interval.low), to = x.position(interval.high)
    canvas.line(Point(from, y), Point(to, y), .ink, width: 2)
    // A cut interval has no end there.
    for (end, isEnd) in [(from, interval.low == whole.low), (to, interval.high == whole.high)] where isEnd {
      canvas.line(Point(end, y - 6), Point(end, y + 6), .ink, width: 2)
    }
    // The mean, which is the middle of the whole interval.
    let middle = x.position((whole.low + whole.high) / 2)
    canvas.line(Point(middle, y - 9), Point(middle, y + 9), .ink, width: 2.5)
  }
}
