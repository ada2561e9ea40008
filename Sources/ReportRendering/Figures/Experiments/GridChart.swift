import Glibc
import NumberText

/// A heatmap over two quantities, with a curve drawn over it.
package struct GridChart: Sendable {
  package struct Curve: Sendable {
    package var name: String
    package var style: SeriesStyle
    /// The curve's points; y is infinite where the curve leaves the picture.
    package var points: [(x: Double, y: Double)]
    package init(_ name: String, _ style: SeriesStyle, _ points: [(x: Double, y: Double)]) {
      self.name = name
      self.style = style
      self.points = points
    }
  }

  package var title: String
  package var lines: [String]
  package var xTitle: String
  package var yTitle: String
  package var valueTitle: String
  /// The ascending positions of the columns; cells reach halfway to their neighbours.
  package var x: [Double]
  package var y: [Double]
  /// The values by row of `y`, then column of `x`; nil is hatched.
  package var values: [[Double?]]
  package var range: ClosedRange<Double>
  package var curves: [Curve]

  package init(
    _ title: String, lines: [String], x: (title: String, values: [Double]), y: (title: String, values: [Double]),
    value: (title: String, range: ClosedRange<Double>), values: [[Double?]], curves: [Curve]
  ) {
    precondition(x.values.count > 1 && y.values.count > 1, "a heatmap needs two rows and two columns")
    precondition(
      values.count == y.values.count && values.allSatisfy { $0.count == x.values.count }, "cells of another shape")
    self.title = title
    self.lines = lines
    (xTitle, self.x) = x
    (yTitle, self.y) = y
    (valueTitle, range) = value
    self.values = values
    self.curves = curves
  }

  package func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: title, description: lines.joined(separator: "; "))
  }

  package func draw() throws(RenderingError) -> Canvas {
    let width = 900.0, ruler = try Page.ruler()
    let page = Page(title, lines: lines, width: width, ruler: ruler)
    let area = Rectangle(x: Page.margin + 74, y: page.contentTop + 22, width: width - 2 * Page.margin - 170, height: 460)
    let legend = SeriesLegend(
      curves.map { SeriesLegend.Entry(style: $0.style, name: $0.name, note: "") }, width: area.width, ruler: ruler)
    let canvas = try Page.canvas(width: width, height: area.bottom + 64 + legend.height + Page.margin)
    page.draw(on: canvas)
    let xEdges = Self.edges(x), yEdges = Self.edges(y)
    let frame = ChartFrame(
      area: area, x: Axis(xEdges[0], xEdges[x.count], from: area.left, to: area.right),
      y: Axis(yEdges[0], yEdges[y.count], from: area.bottom, to: area.top),
      xTicks: Ticks.linear(xEdges[0], xEdges[x.count], count: 8),
      yTicks: yTicks, xTitle: xTitle, yTitle: yTitle)
    frame.draw(on: canvas, yTitleDistance: 52)
    for row in y.indices {
      for column in x.indices {
        let left = frame.x.position(xEdges[column]), right = frame.x.position(xEdges[column + 1])
        let top = frame.y.position(yEdges[row + 1]), bottom = frame.y.position(yEdges[row])
        let cell = Rectangle(x: left, y: top, width: right - left + 0.4, height: bottom - top + 0.4)
        if let value = values[row][column] {
          canvas.fill(cell, Viridis.color(at: fraction(value)))
        } else {
          canvas.hatch(cell)
        }
      }
    }
    canvas.clipped(to: area) {
      for curve in curves {
        let points = curve.points.map { frame.point($0.x, $0.y.isFinite ? $0.y : 1e9) }
        canvas.stroke(points, .white, width: 5)
        canvas.stroke(points, curve.style.color, width: 2.6, dash: curve.style.dash)
      }
    }
    let ticks = Ticks.linear(range.lowerBound, range.upperBound, count: 6).map { (fraction($0.value), $0.label) }
    ColorBar(ticks: ticks, isClippedBelow: false, isClippedAbove: false) { Viridis.color(at: $0) }
      .draw(
        in: Rectangle(x: area.right + 24, y: area.top, width: ColorBar.width, height: area.height), on: canvas)
    canvas.text(
      valueTitle, at: Point(area.right + 24 + ColorBar.fullWidth, area.top - 12), TextStyle(12, color: .quiet), anchor: .end)
    legend.draw(at: Point(area.left, area.bottom + 54), on: canvas)
    try canvas.check()
    return canvas
  }

  /// A label per row where there is room, in one notation.
  package var yTicks: [Tick] {
    let every = max(1, (y.count + 15) / 16)
    let shown = y.indices.filter { $0 % every == 0 }.map { y[$0] }
    if shown.allSatisfy({ $0 > 0 && $0.isFinite }) {
      return zip(shown, FigureNumber.labels(ofPowers: shown.map(log10), digits: 4)).map { Tick($0, $1) }
    }
    return Ticks.linear(y[0], y[y.count - 1], count: 10)
  }

  private func fraction(_ value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  private static func edges(_ values: [Double]) -> [Double] {
    let inner = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }
    return [values[0] - (inner[0] - values[0])] + inner
      + [values[values.count - 1] + (values[values.count - 1] - inner[inner.count - 1])]
  }
}
