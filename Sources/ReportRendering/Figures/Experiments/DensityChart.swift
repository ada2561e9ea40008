import SignalPropagation

/// Several small histograms as densities, each with the density that theory predicts.
package struct DensityChart: Sendable {
  package struct Panel: Sendable {
    package var title: String
    package var note: String
    package var xTitle: String
    package var histogram: Histogram?
    package var color: Color
    package var density: (@Sendable (Double) -> Double)?
    package init(
      _ title: String, note: String, x: String, _ histogram: Histogram?, color: Color,
      density: (@Sendable (Double) -> Double)?
    ) {
      self.title = title
      self.note = note
      xTitle = x
      self.histogram = histogram
      self.color = color
      self.density = density
    }
  }

  package var title: String
  package var lines: [String]
  package var panels: [Panel]
  /// The number of panels in a row.
  package var columns: Int

  package init(_ title: String, lines: [String], columns: Int, panels: [Panel]) {
    precondition(!panels.isEmpty, "a chart needs a panel")
    self.title = title
    self.lines = lines
    self.columns = columns
    self.panels = panels
  }

  package func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: title, description: lines.joined(separator: "; "))
  }

  package func draw() throws(RenderingError) -> Canvas {
    let grid = PanelGrid(count: panels.count, panelHeight: 300, columns: columns)
    let page = Page(title, lines: lines, width: grid.width, ruler: try Page.ruler())
    let canvas = try Page.canvas(width: grid.width, height: page.contentTop + grid.height + Page.margin)
    page.draw(on: canvas)
    for (index, panel) in panels.enumerated() { draw(panel, in: grid.panel(index, top: page.contentTop), on: canvas) }
    try canvas.check()
    return canvas
  }

  private func draw(_ panel: Panel, in rectangle: Rectangle, on canvas: Canvas) {
    let area = Rectangle(
      x: rectangle.x + 66, y: rectangle.y + 46, width: rectangle.width - 76, height: rectangle.height - 104)
    let style = TextStyle(14, weight: .semibold)
    canvas.text(canvas.fitted(panel.title, style, to: area.width), at: Point(area.left, area.top - 26), style)
    canvas.text(
      canvas.fitted(panel.note, TextStyle(12, color: .quiet), to: area.width), at: Point(area.left, area.top - 8),
      TextStyle(12, color: .quiet))
    guard let histogram = panel.histogram, let low = histogram.edges.first, let high = histogram.edges.last, high > low
    else {
      canvas.hatch(area)
      let text = "every value is the same"
      canvas.fill(Rectangle(x: area.center.x - 90, y: area.center.y - 14, width: 180, height: 28), .white)
      canvas.text(text, at: area.center, TextStyle(13), anchor: .middle, vertical: .middle)
      return
    }
    let total = Double(max(1, histogram.counts.reduce(0, +)))
    let heights = histogram.counts.indices.map {
      Double(histogram.counts[$0]) / total / (histogram.edges[$0 + 1] - histogram.edges[$0])
    }
    var curve: [(x: Double, y: Double)] = []
    if let density = panel.density {
      curve = (0...200).map { step in
        let x = low + (high - low) * Double(step) / 200
        return (x, density(x))
      }
    }
    let top = max(heights.max() ?? 1, curve.map(\.y).max() ?? 0)
    let x = Axis(low, high, from: area.left, to: area.right)
    let y = Axis(0, top > 0 ? top * 1.06 : 1, from: area.bottom, to: area.top)
    let frame = ChartFrame(
      area: area, x: x, y: y, xTicks: Ticks.linear(low, high, count: 5), yTicks: Ticks.linear(0, y.high, count: 5),
      xTitle: panel.xTitle, yTitle: "density")
    frame.draw(on: canvas, yTitleDistance: 50)
    for (index, height) in heights.enumerated() {
      let from = x.position(histogram.edges[index]), to = x.position(histogram.edges[index + 1]), peak = y.position(height)
      canvas.fill(
        Rectangle(x: from, y: peak, width: max(to - from - 0.6, 0.6), height: area.bottom - peak), panel.color.opacity(0.6))
    }
    canvas.stroke(curve.map { frame.point($0.x, $0.y) }, .ink, width: 1.8)
  }
}
