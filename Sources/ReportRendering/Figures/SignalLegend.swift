import NumberText

/// The color bar of mean squares, and keys for what the bar does not show.
package struct SignalLegend {
  static let height = 96.0
  static let minimumWidth = 640.0

  /// Whether the cells have numbers, which then are explained.
  var hasNumbers: Bool
  var cells: [SignalCell]

  package init(hasNumbers: Bool, cells: [SignalCell]) {
    self.hasNumbers = hasNumbers
    self.cells = cells
  }

  package var title: String {
    "mean square, in colors that are the same in every picture"
      + (hasNumbers ? "; the numbers are its log10 (0: 1, −2: a hundredth)" : "")
  }

  /// A sample of a cell and what it stands for.
  package enum Key: Sendable, CaseIterable {
    case below, above, noSignal, nonFinite

    package var text: String {
      let end = Int(SignalScale.bound)
      return switch self {
      case .below: "\(FigureNumber.powerOfTen(-end)) and less"
      case .above: "\(FigureNumber.powerOfTen(end)) and more"
      case .noSignal: "no signal"
      case .nonFinite: "not finite"
      }
    }
  }

  /// The ends of the scale always; other cells where there are some.
  package var keys: [Key] {
    [.below, .above] + (cells.contains(.noSignal) ? [.noSignal] : []) + (cells.contains(.nonFinite) ? [.nonFinite] : [])
  }

  /// The place of the color bar in a legend at `origin`, without arrows.
  package static func bar(_ origin: Point) -> Rectangle {
    Rectangle(x: (origin.x + 10).rounded(), y: (origin.y + 20).rounded(), width: 400, height: 14)
  }

  /// Draws within `height` pixels below `origin`.
  func draw(at origin: Point, on canvas: Canvas) {
    canvas.text(title, at: origin, TextStyle(13), vertical: .top)
    let bar = Self.bar(origin)
    for column in 0..<Int(bar.width) {
      let t = (Double(column) + 0.5) / bar.width * 2 - 1
      canvas.fill(
        Rectangle(x: bar.x + Double(column), y: bar.y, width: 1, height: bar.height), DivergingMap.color(at: t))
    }
    let middle = bar.center.y
    canvas.fill(
      polygon: [Point(bar.left, bar.top), Point(bar.left - 10, middle), Point(bar.left, bar.bottom)],
      DivergingMap.color(at: -1))
    canvas.fill(
      polygon: [Point(bar.right, bar.top), Point(bar.right + 10, middle), Point(bar.right, bar.bottom)],
      DivergingMap.color(at: 1))
    for tick in SignalScale.ticks {
      let x = ChartFrame.crisp(bar.x + (SignalScale.fraction(tick.value) + 1) / 2 * (bar.width - 1))
      canvas.line(Point(x, bar.bottom), Point(x, bar.bottom + 4), .rule)
      canvas.text(
        tick.label, at: Point(x, bar.bottom + 8), TextStyle(12, color: .quiet, tabular: true), anchor: .middle,
        vertical: .top)
    }
    drawKeys(at: Point(origin.x, bar.bottom + 30), on: canvas)
  }

  private func drawKeys(at origin: Point, on canvas: Canvas) {
    var x = origin.x
    let style = TextStyle(13)
    for key in keys {
      let box = Rectangle(x: x, y: origin.y, width: 22, height: 16)
      switch key {
      case .below, .above:
        canvas.fill(box, DivergingMap.color(at: key == .below ? -1 : 1))
        SignalCells.drawMark(
          key == .below ? .below : .above, x: box.center.x, top: box.top, height: box.height, size: 7, on: canvas)
      case .noSignal: canvas.hatch(box)
      case .nonFinite: canvas.fill(box, .nonFinite)
      }
      canvas.text(key.text, at: Point(x + 29, box.center.y), style, vertical: .middle)
      x += 29 + canvas.width(of: key.text, style) + 24
    }
  }
}
