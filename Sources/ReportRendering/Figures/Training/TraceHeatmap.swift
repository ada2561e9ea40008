import Glibc
import NumberText
import TrainingRuns

/// Gradient norms or update-to-weight ratios, layers by time, one panel an initializer.
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

  /// One initializer: rows are layers, columns the steps at which traces were taken.
  package struct Panel {
    package var name: String
    package var layers: [String]
    package var steps: [Int]
    /// Mean over the seeds of log10; a nil cell has no trace: every run had ended.
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

  /// The steps of all runs, so that panels share their axis and one that ended early shows it.
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

  /// One scale for all panels, ten powers of ten at most below the highest value.
  package static func range(_ cells: [SignalCell]) -> (low: Double, high: Double, isClipped: Bool) {
    let values = cells.compactMap(\.value).filter { abs($0) <= SignalCell.largestLog10 }.sorted()
    guard let low = values.first, let last = values.last else { return (-1, 0, false) }
    // A single burst before a divergence must not leave one colour for everything else.
    let high = min(last, max(values[values.count / 2], low) + 6)
    let floor = max(low, high - 10)
    if high - floor < 0.5 { return ((high + floor) / 2 - 0.25, (high + floor) / 2 + 0.25, low < floor || last > high) }
    return (floor, high, low < floor || last > high)
  }

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
    let scale = Self.range(cells)

    let page = Page(
      title, lines: TrainingCaption(document).lines + [note] + omission(panels, layers),
      width: max(720, grid.width + ColorBar.fullWidth + 30), ruler: ruler)
    let hasKeys = cells.contains(.noSignal) || cells.contains(.nonFinite) || Self.hasGaps(panels)
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
        panel, titles[index], titleHeight, rowHeight: rowHeight, scale: (scale.low, scale.high),
        in: grid.panel(index, top: page.contentTop), on: canvas)
    }
    drawBar(scale, top: page.contentTop + titleHeight, height: barHeight, x: grid.width, on: canvas)
    if hasKeys { drawKeys(panels, cells, at: Point(Page.margin, page.contentTop + grid.height + 14), on: canvas) }
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
    return what + (document.report.seeds > 1 ? "; mean of log10 over the seeds" : "") + ". Input layer on top."
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
    _ panel: Panel, _ title: [String], _ titleHeight: Double, rowHeight: Double, scale: (low: Double, high: Double),
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
    // Names that would touch are left out, the last one kept.
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
        case .log10(let value): canvas.fill(area, Viridis.color(at: (value - scale.low) / (scale.high - scale.low)))
        case .noSignal: canvas.hatch(area)
        case .nonFinite: canvas.fill(area, .nonFinite)
        case nil: canvas.fill(area, .absent)
        }
      }
    }
    let bottom = top + Double(panel.cells.count) * rowHeight
    drawSteps(panel.steps, edges: edges, y: bottom, on: canvas)
  }

  /// The first, middle and last step, and what they count.
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

  private func drawBar(
    _ scale: (low: Double, high: Double, isClipped: Bool), top: Double, height: Double, x: Double, on canvas: Canvas
  ) {
    let ticks = Ticks.narrowLog10Axis(scale.low, scale.high, count: 8).map {
      (fraction: ($0.value - scale.low) / (scale.high - scale.low), label: $0.label)
    }
    let values = panels().flatMap { $0.cells.joined().compactMap { $0?.value } }
    let bar = ColorBar(
      ticks: ticks, isClippedBelow: values.contains { $0 < scale.low - 1e-9 },
      isClippedAbove: values.contains { $0 > scale.high + 1e-9 }, color: { Viridis.color(at: $0) })
    bar.draw(in: Rectangle(x: x.rounded(), y: top.rounded(), width: ColorBar.width, height: height.rounded()), on: canvas)
  }

  private func drawKeys(_ panels: [Panel], _ cells: [SignalCell], at origin: Point, on canvas: Canvas) {
    var x = origin.x
    let style = TextStyle(13)
    func key(_ text: String, _ paint: (Rectangle) -> Void) {
      paint(Rectangle(x: x, y: origin.y, width: 22, height: 14))
      canvas.text(text, at: Point(x + 28, origin.y + 7), style, vertical: .middle)
      x += 28 + canvas.width(of: text, style) + 20
    }
    if cells.contains(.noSignal) { key("zero") { canvas.hatch($0) } }
    if cells.contains(.nonFinite) { key("not finite") { canvas.fill($0, .nonFinite) } }
    if Self.hasGaps(panels) {
      key("every run had diverged") { canvas.fill($0, .absent) }
    }
  }
}
