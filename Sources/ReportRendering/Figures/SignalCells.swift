import NumberText

/// Draws a row of heatmap cells: values in color, those at an end of the scale with a triangle, a missing signal hatched, a
/// non-finite one black.
package enum SignalCells {
  /// Edges on whole pixels, so that each cell has a single color.
  static func edges(from left: Double, width: Double, count: Int) -> [Double] {
    (0...count).map { (left + width * Double($0) / Double(count)).rounded() }
  }

  /// Draws the cells; without numbers where `decimals` is nil. Cells wider than 8 pixels are separated by a white line.
  static func draw(
    _ cells: [SignalCell], edges: [Double], top: Double, height: Double, decimals: Int?, on canvas: Canvas
  ) {
    for (index, cell) in cells.enumerated() {
      let width = edges[index + 1] - edges[index]
      let gap = width > 8 ? 1.0 : 0
      let box = Rectangle(x: edges[index], y: top, width: width - gap, height: height)
      switch cell {
      case .log10(let value):
        let color = SignalScale.color(value)
        canvas.fill(box, color)
        if let decimals {
          canvas.text(
            label(value, decimals), at: box.center, labelStyle(color.readableInk), anchor: .middle, vertical: .middle)
        }
      case .noSignal: canvas.hatch(box)
      case .nonFinite: canvas.fill(box, .nonFinite)
      }
    }
    if let first = edges.first, let last = edges.last {
      canvas.stroke(Rectangle(x: first - 0.5, y: top - 0.5, width: last - first, height: height + 1), .grid)
    }
    for mark in marks(cells, edges: edges) {
      drawMark(mark.end, x: mark.x, top: top, height: height, size: mark.size, on: canvas)
    }
  }

  /// The triangle of a cell at an end of the scale.
  package struct Mark: Sendable, Equatable {
    package var x: Double
    package var end: SignalScale.End
    package var size: Double
  }

  /// One triangle in each cell that has room for it; neighbouring narrow cells at the same end share one, since a pattern
  /// among them would look like data.
  package static func marks(_ cells: [SignalCell], edges: [Double]) -> [Mark] {
    let ends = cells.map { $0.value.flatMap(SignalScale.end) }
    var result: [Mark] = []
    var first = 0
    while first < ends.count {
      var next = first + 1
      while next < ends.count, ends[next] == ends[first] { next += 1 }
      defer { first = next }
      guard let end = ends[first], edges.count > next else { continue }
      let left = edges[first], width = edges[next] - left, count = next - first
      let shown = width >= 12 * Double(count) ? count : 1
      for index in 0..<shown {
        // In the middle of a cell, less the pixel between cells.
        let cell = first + min(count - 1, Int((Double(index) + 0.5) / Double(shown) * Double(count)))
        let x = (edges[cell] + edges[cell + 1]) / 2 - 0.5
        result.append(Mark(x: x, end: end, size: min(7, max(width - 1, 2))))
      }
    }
    return result
  }

  /// Pointing down at the foot of a cell for less, up at its head for more; both ends of the map are dark.
  static func drawMark(_ end: SignalScale.End, x: Double, top: Double, height: Double, size: Double, on canvas: Canvas) {
    // Away from the mark of the next row in tall cells.
    let distance = height > 36 ? 8.5 : 5.5
    canvas.mark(
      end == .below ? .downTriangle : .triangle, at: Point(x, end == .below ? top + height - distance : top + distance),
      .white, size: size)
  }

  static func labelStyle(_ color: Color) -> TextStyle { TextStyle(12, color: color, tabular: true) }

  static func label(_ value: Double, _ decimals: Int) -> String {
    FigureNumber.fixed(value, abs(value) < 99.95 ? decimals : 0)
  }

  /// The most decimals (1 or 0) with which every label fits into `width`, or nil.
  static func decimals(fitting cells: [SignalCell], width: Double, ruler: Canvas) -> Int? {
    let values = cells.compactMap(\.value)
    return [1, 0].first { decimals in
      values.allSatisfy { ruler.width(of: label($0, decimals), labelStyle(.ink)) <= width - 6 }
    }
  }

  /// Draws layer numbers under the columns: each where there is room, else at round numbers, and always the last.
  static func drawLayerTicks(_ indices: [Int], edges: [Double], y: Double, on canvas: Canvas) {
    guard let last = indices.last else { return }
    let style = TextStyle(12, color: .quiet, tabular: true)
    let room = canvas.width(of: String(last), style) + 12
    let step = Int(Ticks.niceStep(max(1, room / ((edges[edges.count - 1] - edges[0]) / Double(indices.count)))))
    let center = { (column: Int) in (edges[column] + edges[column + 1]) / 2 }
    for (column, index) in indices.enumerated() {
      let isLast = column == indices.count - 1
      // Every second layer counts from the first; larger steps fall on round numbers.
      let onStep = column == 0 || (step <= 2 ? column % step == 0 : index % step == 0)
      // A round number too close to the first or the last is left out.
      let crowded =
        !isLast && column > 0 && (center(indices.count - 1) - center(column) < room || center(column) - center(0) < room)
      if isLast || (onStep && !crowded) {
        canvas.text(String(index), at: Point(center(column), y), style, anchor: .middle, vertical: .top)
      }
    }
  }
}
