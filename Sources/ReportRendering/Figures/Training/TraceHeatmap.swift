import Glibc
import NumberText
import TrainingRuns

/// Gradient norms or update-to-weight ratios, layers by time, one panel per initializer.
package struct TraceHeatmap {
  package enum Quantity: Sendable {
    case gradientNorm, updateRatio

    func values(_ trace: TrainingRun.LayerTrace) -> [Double] {
      switch self {
      case .gradientNorm: trace.gradientNorm
      case .updateRatio: trace.updateRatio
      }
    }
  }

  let document: TrainingDocument
  let quantity: Quantity

  package init(_ document: TrainingDocument, _ quantity: Quantity) {
    self.document = document
    self.quantity = quantity
  }

  private static let titleStyle = TextStyle(14, weight: .semibold)
  private static let labelStyle = TextStyle(12, color: .quiet, tabular: true)

  /// The panel of one initializer: rows are layers, columns the steps at which traces were taken.
  package struct Panel {
    package var name: String
    package var layers: [String]
    package var steps: [Int]
    /// The mean over the seeds of log10; nil where there is no trace because every run had ended.
    package var cells: [[SignalCell?]]
  }

  package func panels() -> [Panel] {
    document.report.summary.indices.prefix(Page.mostPanels).map { index in
      let runs = document.runs(index)
      let all = runs.map(\.layers).max { $0.count < $1.count } ?? []
      let chosen = LayerSelection.even(all.count, limit: Page.mostRows)
      let steps = allSteps
      let cells = chosen.map { layer in
        steps.map { step in
          Self.cell(
            runs.compactMap { run -> Double? in
              guard run.layers.indices.contains(layer) else { return nil }
              let trace = run.layers[layer], values = quantity.values(trace)
              guard let place = trace.steps.firstIndex(of: step), values.indices.contains(place) else { return nil }
              return values[place]
            })
        }
      }
      return Panel(
        name: document.report.summary[index].initializer, layers: chosen.map { all[$0].name }, steps: steps, cells: cells)
    }
  }

  /// The steps of all runs, so that panels share their axis and show a run that ended early.
  private var allSteps: [Int] {
    Set(document.report.runs.flatMap { $0.layers.first?.steps ?? [] }).sorted()
  }

  private static func cell(_ values: [Double]) -> SignalCell? {
    guard !values.isEmpty else { return nil }
    let sound = values.filter(\.isFinite)
    guard !sound.isEmpty else { return .nonFinite }
    let logs = sound.filter { $0 > 0 }.map { log10($0) }
    return logs.isEmpty ? .noSignal : .log10(logs.reduce(0, +) / Double(logs.count))
  }

  /// log10 of the ends of the colors, the same in every picture: values beyond have the end's color and a triangle.
  ///
  /// Steps of about a thousandth of the weights' norm are usual, of a millionth change nothing, and one of the norm itself
  /// overwrites the weights; a gradient's norm is usually between a thousandth and ten.
  package var scale: (low: Double, high: Double) { quantity == .gradientNorm ? (-6, 2) : (-6, 0) }

  package func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let panels = panels()
    let layers = panels.map(\.layers.count).max() ?? 0
    let rowHeight = min(34.0, max(6, (220 / Double(max(1, layers))).rounded()))
    let plotHeight = rowHeight * Double(max(1, layers))
    let probe = PanelGrid(count: max(1, panels.count), panelHeight: 0)
    let titles = panels.map { ruler.wrapped($0.name, Self.titleStyle, to: probe.panelWidth, lines: 2) }
    let titleHeight = Double(titles.map(\.count).max() ?? 1) * Self.titleStyle.lineHeight + 6
    let grid = PanelGrid(count: max(1, panels.count), panelHeight: titleHeight + plotHeight + 46)
    let cells = panels.flatMap { $0.cells.joined().compactMap(\.self) }

    let page = Page(
      title, lines: TrainingCaption(document).lines + [note] + omission(panels, layers),
      width: max(720, grid.width + ColorBar.fullWidth + 30), ruler: ruler)
    let hasKeys = !keys(panels, cells).isEmpty
    let barHeight = max(160, min(260, plotHeight))
    let contentHeight = max(grid.height + (hasKeys ? 34 : 0), titleHeight + barHeight)
    let canvas = try Page.canvas(width: page.width, height: page.contentTop + contentHeight + Page.margin)
    page.draw(on: canvas)
    guard !cells.isEmpty else {
      canvas.text("no steps were traced", at: Point(Page.margin, page.contentTop + 20), TextStyle(13, color: .quiet))
      try canvas.check()
      return canvas
    }
    for (index, panel) in panels.enumerated() {
      draw(
        panel, titles[index], titleHeight, rowHeight: rowHeight,
        in: grid.panel(index, top: page.contentTop), on: canvas)
    }
    drawBar(top: page.contentTop + titleHeight, height: barHeight, x: grid.width, on: canvas)
    if hasKeys { drawKeys(keys(panels, cells), at: Point(Page.margin, page.contentTop + grid.height + 14), on: canvas) }
    try canvas.check()
    return canvas
  }

  private var title: String {
    quantity == .gradientNorm ? TrainingFigure.gradientsHeatmap.title : TrainingFigure.updatesHeatmap.title
  }

  private var note: String {
    let what =
      quantity == .gradientNorm
      ? "Norm of the loss's gradient with respect to a layer's weights"
      : "Norm of a step's change to a layer's weights over the weights' norm"
    return what + (document.report.seeds > 1 ? "; geometric mean over the seeds" : "") + ". Input layer on top."
  }

  private func omission(_ panels: [Panel], _ shown: Int) -> [String] {
    var lines = Page.omissionNote(shown: panels.count, of: document.report.summary.count)
    let all = document.report.runs.map(\.layers.count).max() ?? 0
    if shown < all { lines.append("\(shown) of \(all) layers, evenly chosen; the JSON document has them all.") }
    return lines
  }

  private static func hasGaps(_ panels: [Panel]) -> Bool {
    panels.contains { panel in panel.cells.joined().contains { $0 == nil } }
  }

  // MARK: Parts

  private func draw(
    _ panel: Panel, _ title: [String], _ titleHeight: Double, rowHeight: Double,
    in box: Rectangle, on canvas: Canvas
  ) {
    var y = box.top
    for line in title {
      canvas.text(line, at: Point(box.left, y), Self.titleStyle, vertical: .top)
      y += Self.titleStyle.lineHeight
    }
    let names = panel.layers.map { canvas.fitted($0, Self.labelStyle, to: 90) }
    let left = (box.left + (names.map { canvas.width(of: $0, Self.labelStyle) }.max() ?? 0) + 8).rounded()
    let top = (box.top + titleHeight).rounded()
    let edges = SignalCells.edges(from: left, width: box.right - left, count: max(1, panel.steps.count))
    // Names that would touch each other are left out; the last one is kept.
    let every = max(1, Int((15 / rowHeight).rounded(.up)))
    for (row, cells) in panel.cells.enumerated() {
      let rowTop = top + Double(row) * rowHeight
      let isLast = row == panel.cells.count - 1
      if isLast || (row % every == 0 && panel.cells.count - 1 - row >= every) {
        canvas.text(
          names[row], at: Point(left - 8, rowTop + rowHeight / 2), Self.labelStyle, anchor: .end, vertical: .middle)
      }
      for (column, cell) in cells.enumerated() {
        let area = Rectangle(
          x: edges[column], y: rowTop, width: edges[column + 1] - edges[column],
          height: rowHeight - (rowHeight > 12 ? 1 : 0))
        switch cell {
        case .log10(let value):
          let color = Viridis.color(at: (value - scale.low) / (scale.high - scale.low))
          canvas.fill(area, color)
          // A triangle where there is room for one; narrow neighbours share it with every third.
          let isEnd = value <= scale.low || value >= scale.high
          if isEnd, rowHeight >= 6, area.width >= 7 || column % 3 == 1 {
            canvas.mark(
              value <= scale.low ? .downTriangle : .triangle, at: area.center, color.readableInk,
              size: min(6, rowHeight - 2))
          }
        case .noSignal: canvas.hatch(area)
        case .nonFinite: canvas.fill(area, .nonFinite)
        case nil: canvas.fill(area, .absent)
        }
      }
    }
    let bottom = top + Double(panel.cells.count) * rowHeight
    drawSteps(panel.steps, edges: edges, y: bottom, on: canvas)
  }

  /// Draws the first, middle and last step, and what they count.
  private func drawSteps(_ steps: [Int], edges: [Double], y: Double, on canvas: Canvas) {
    guard let last = steps.indices.last else { return }
    var places = [0]
    if last >= 8 { places.append(last / 2) }
    if last > 0 { places.append(last) }
    for place in places {
      let x = (edges[place] + edges[place + 1]) / 2
      canvas.line(Point(ChartFrame.crisp(x), y), Point(ChartFrame.crisp(x), y + 4), .rule)
      // A label under a narrow cell at the end of the axis would stick out.
      let isNarrow = edges[1] - edges[0] < 60
      let anchor: HorizontalAnchor = !isNarrow ? .middle : place == 0 ? .start : place == last ? .end : .middle
      let textX = anchor == .start ? edges[0] : anchor == .end ? edges[edges.count - 1] : x
      canvas.text(
        (place == 0 ? "step " : "") + FigureNumber.grouped(steps[place]), at: Point(textX, y + 8), Self.labelStyle,
        anchor: anchor, vertical: .top)
    }
  }

  private func drawBar(top: Double, height: Double, x: Double, on canvas: Canvas) {
    let ticks = Ticks.log10Axis(scale.low, scale.high, count: 8).map {
      (fraction: ($0.value - scale.low) / (scale.high - scale.low), label: $0.label)
    }
    let bar = ColorBar(ticks: ticks, isClippedBelow: true, isClippedAbove: true, color: { Viridis.color(at: $0) })
    bar.draw(in: Rectangle(x: x.rounded(), y: top.rounded(), width: ColorBar.width, height: height.rounded()), on: canvas)
  }

  package enum Key: Sendable {
    case below, above, zero, nonFinite, ended
  }

  /// The cells that are there beside those with a color of their own, in words.
  package func keys(_ panels: [Panel], _ cells: [SignalCell]) -> [(key: Key, text: String)] {
    var keys: [(Key, String)] = []
    let values = cells.compactMap(\.value)
    if values.contains(where: { $0 <= scale.low }) {
      keys.append((.below, FigureNumber.powerOfTen(Int(scale.low)) + " and less"))
    }
    if values.contains(where: { $0 >= scale.high }) {
      keys.append((.above, FigureNumber.powerOfTen(Int(scale.high)) + " and more"))
    }
    if cells.contains(.noSignal) { keys.append((.zero, "zero")) }
    if cells.contains(.nonFinite) { keys.append((.nonFinite, "not finite")) }
    if Self.hasGaps(panels) { keys.append((.ended, "every run had diverged")) }
    return keys
  }

  private func drawKeys(_ keys: [(key: Key, text: String)], at origin: Point, on canvas: Canvas) {
    var x = origin.x
    let style = TextStyle(13)
    for (key, text) in keys {
      let box = Rectangle(x: x, y: origin.y, width: 22, height: 14)
      switch key {
      case .below, .above:
        let color = Viridis.color(at: key == .below ? 0 : 1)
        canvas.fill(box, color)
        canvas.mark(key == .below ? .downTriangle : .triangle, at: box.center, color.readableInk, size: 6)
      case .zero: canvas.hatch(box)
      case .nonFinite: canvas.fill(box, .nonFinite)
      case .ended: canvas.fill(box, .absent)
      }
      canvas.text(text, at: Point(x + 28, origin.y + 7), style, vertical: .middle)
      x += 28 + canvas.width(of: text, style) + 20
    }
  }
}
