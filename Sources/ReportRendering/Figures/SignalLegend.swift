/// The color bar of log10 second moments, and keys for cells that have no color on it.
package struct SignalLegend {
  static let height = 66.0
  static let minimumWidth = 640.0

  var scale: SignalScale
  var cells: [SignalCell]

  /// The color bar of a legend at `origin`, without arrows.
  package static func bar(_ origin: Point) -> Rectangle {
    Rectangle(x: (origin.x + 10).rounded(), y: (origin.y + 20).rounded(), width: 400, height: 14)
  }

  /// Draws within `height` pixels below `origin`.
  func draw(at origin: Point, on canvas: Canvas) {
    canvas.text(
      "log10 of the second moment: 0 preserved, +1 ten times, −1 a tenth", at: origin, TextStyle(13), vertical: .top)
    let bar = Self.bar(origin)
    for column in 0..<Int(bar.width) {
      let t = (Double(column) + 0.5) / bar.width * 2 - 1
      canvas.fill(
        Rectangle(x: bar.x + Double(column), y: bar.y, width: 1, height: bar.height), DivergingMap.color(at: t))
    }
    if scale.isClipped {
      let middle = bar.center.y
      canvas.fill(
        polygon: [Point(bar.left, bar.top), Point(bar.left - 10, middle), Point(bar.left, bar.bottom)],
        DivergingMap.color(at: -1))
      canvas.fill(
        polygon: [Point(bar.right, bar.top), Point(bar.right + 10, middle), Point(bar.right, bar.bottom)],
        DivergingMap.color(at: 1))
    }
    for tick in scale.ticks {
      let x = ChartFrame.crisp(bar.x + (scale.fraction(tick.value) + 1) / 2 * (bar.width - 1))
      canvas.line(Point(x, bar.bottom), Point(x, bar.bottom + 4), .rule)
      canvas.text(
        tick.label, at: Point(x, bar.bottom + 8), TextStyle(12, color: .quiet, tabular: true), anchor: .middle,
        vertical: .top)
    }
    drawKeys(at: Point(bar.right + 34, bar.y), on: canvas)
  }

  private func drawKeys(at origin: Point, on canvas: Canvas) {
    var x = origin.x
    let style = TextStyle(13)
    func key(_ text: String, _ paint: (Rectangle) -> Void) {
      paint(Rectangle(x: x, y: origin.y, width: 22, height: 14))
      canvas.text(text, at: Point(x + 28, origin.y + 7), style, vertical: .middle)
      x += 28 + canvas.width(of: text, style) + 20
    }
    if cells.contains(.noSignal) { key("no signal") { canvas.hatch($0) } }
    if cells.contains(.nonFinite) { key("not finite") { canvas.fill($0, .nonFinite) } }
  }
}
