/// Draws an upright color bar at the right of a heatmap.
struct ColorBar {
  static let width = 14.0
  /// The width of the bar with its labels.
  static let fullWidth = 60.0

  /// The position of each tick, in 0...1 from the bottom.
  var ticks: [(fraction: Double, label: String)]
  var isClippedBelow: Bool
  var isClippedAbove: Bool
  /// The color at a position in 0...1 from the bottom.
  var color: (Double) -> Color

  /// Draws into the column `bar`; arrows at its ends stand for values beyond the scale.
  func draw(in bar: Rectangle, on canvas: Canvas) {
    let rows = Int(bar.height)
    for row in 0..<rows {
      let t = 1 - (Double(row) + 0.5) / bar.height
      canvas.fill(Rectangle(x: bar.x, y: bar.y + Double(row), width: bar.width, height: 1), color(t))
    }
    let middle = bar.center.x
    if isClippedAbove {
      canvas.fill(
        polygon: [Point(bar.left, bar.top), Point(middle, bar.top - 9), Point(bar.right, bar.top)], color(1))
    }
    if isClippedBelow {
      canvas.fill(
        polygon: [Point(bar.left, bar.bottom), Point(middle, bar.bottom + 9), Point(bar.right, bar.bottom)], color(0))
    }
    for tick in ticks {
      let y = ChartFrame.crisp(bar.bottom - tick.fraction * (bar.height - 1) - 0.5)
      canvas.line(Point(bar.right, y), Point(bar.right + 4, y), .rule)
      canvas.text(
        tick.label, at: Point(bar.right + 8, y), TextStyle(12, color: .quiet, tabular: true), vertical: .middle)
    }
  }
}
