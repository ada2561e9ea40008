/// Maps values to pixels, linearly.
package struct Axis: Sendable {
  package var low: Double
  package var high: Double
  /// The pixels of `low` and `high`.
  package var from: Double
  package var to: Double

  package init(_ low: Double, _ high: Double, from: Double, to: Double) {
    precondition(low < high, "an axis from \(low) to \(high)")
    self.low = low
    self.high = high
    self.from = from
    self.to = to
  }

  /// The pixel of a value, at most a million pixels away: cairo's coordinates are 24.8 fixed point, and a line to a point so
  /// far away is straight.
  package func position(_ value: Double) -> Double {
    min(max(from + (value - low) / (high - low) * (to - from), -1e6), 1e6)
  }
}

/// The frame of a chart: grid, ticks, their labels and the two titles.
package struct ChartFrame {
  package var area: Rectangle
  package var x: Axis
  package var y: Axis
  package var xTicks: [Tick]
  package var yTicks: [Tick]
  package var xTitle: String
  package var yTitle: String

  package init(area: Rectangle, x: Axis, y: Axis, xTicks: [Tick], yTicks: [Tick], xTitle: String, yTitle: String) {
    self.area = area
    self.x = x
    self.y = y
    self.xTicks = xTicks
    self.yTicks = yTicks
    self.xTitle = xTitle
    self.yTitle = yTitle
  }

  package func point(_ xValue: Double, _ yValue: Double) -> Point {
    Point(x.position(xValue), y.position(yValue))
  }

  /// Draws grid lines and labels; draw the data after it. `yTitleDistance` is from the frame to the middle of the turned
  /// title.
  package func draw(on canvas: Canvas, yTitleDistance: Double = 52) {
    let label = TextStyle(12, color: .quiet, tabular: true)
    for tick in yTicks {
      let y = Self.crisp(y.position(tick.value))
      canvas.line(Point(area.left, y), Point(area.right, y), .grid)
      canvas.text(tick.label, at: Point(area.left - 8, y), label, anchor: .end, vertical: .middle)
    }
    for tick in xTicks {
      let x = Self.crisp(x.position(tick.value))
      canvas.line(Point(x, area.bottom), Point(x, area.bottom + 4), .rule)
      canvas.text(tick.label, at: Point(x, area.bottom + 8), label, anchor: .middle, vertical: .top)
    }
    let bottom = Self.crisp(area.bottom)
    canvas.line(Point(area.left, bottom), Point(area.right, bottom), .rule)
    let title = TextStyle(13, color: .ink)
    canvas.text(xTitle, at: Point(area.center.x, area.bottom + 28), title, anchor: .middle, vertical: .top)
    canvas.text(
      yTitle, at: Point(area.left - yTitleDistance, area.center.y), title, anchor: .middle, vertical: .middle,
      angle: -.pi / 2)
  }

  /// The middle of the pixel that holds `position`, where a line of width 1 fills one row.
  package static func crisp(_ position: Double) -> Double { position.rounded(.down) + 0.5 }
}
