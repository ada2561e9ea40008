import NumberText
import SignalPropagation
import TrainingRuns

/// Histograms of weights before and after training, a row per initializer and a column per layer.
struct TrainedWeights {
  let document: TrainingDocument

  private static let nameStyle = TextStyle(14, weight: .semibold)
  private static let labelStyle = TextStyle(12, color: .quiet, tabular: true)
  private static let plotHeight = 84.0
  private static let headHeight = 40.0
  private static let footHeight = 40.0
  private static let gap = 26.0
  private static let mostLayers = 5
  private static let before = Color(0x8c959f)
  private static let after = Color(0x0072b2)

  init(_ document: TrainingDocument) { self.document = document }

  func draw() throws(RenderingError) -> Canvas {
    let report = document.report
    let rows = Array(report.summary.indices.prefix(Page.mostPanels))
    let all = report.runs.map(\.layers.count).max() ?? 0
    let chosen = LayerSelection.even(all, limit: Self.mostLayers)
    let panelWidth: Double = chosen.count <= 2 ? 420 : chosen.count == 3 ? 340 : 250
    let width = max(
      760, 2 * Page.margin + Double(chosen.count) * panelWidth + Double(max(0, chosen.count - 1)) * Self.gap)
    var lines = TrainingCaption(document).lines
    lines.append(
      "The first seed's weights. Each histogram is scaled to its own height; std: standard deviation, before and after.")
    if chosen.count < all {
      lines.append("\(chosen.count) of \(all) layers, evenly chosen; the JSON document has them all.")
    }
    lines += Page.omissionNote(shown: rows.count, of: report.summary.count)
    let page = Page(TrainingFigure.weights.title, lines: lines, width: width, ruler: try Page.ruler())
    let rowHeight = 26 + Self.headHeight + Self.plotHeight + Self.footHeight
    let top = page.contentTop + 30
    let canvas = try Page.canvas(width: width, height: top + rowHeight * Double(max(1, rows.count)) + Page.margin - 16)
    page.draw(on: canvas)
    drawKey(at: Point(Page.margin, page.contentTop), on: canvas)
    for (place, row) in rows.enumerated() {
      let y = top + Double(place) * rowHeight
      let run = document.runs(row).first
      let end = run?.divergence.map { "  diverged in epoch \($0.epoch)" } ?? ""
      let name = canvas.fitted(report.summary[row].initializer, Self.nameStyle, to: width - 2 * Page.margin - 200)
      canvas.text(name, at: Point(Page.margin, y), Self.nameStyle, vertical: .top)
      canvas.text(
        end, at: Point(Page.margin + canvas.width(of: name, Self.nameStyle) + 4, y), TextStyle(13, color: .quiet),
        vertical: .top)
      for (column, layer) in chosen.enumerated() {
        guard let run, run.layers.indices.contains(layer) else { continue }
        let panel = Rectangle(
          x: Page.margin + Double(column) * (panelWidth + Self.gap), y: y + 26, width: panelWidth,
          height: Self.headHeight + Self.plotHeight)
        draw(run.layers[layer], in: panel, on: canvas)
      }
    }
    try canvas.check()
    return canvas
  }

  private func drawKey(at origin: Point, on canvas: Canvas) {
    var x = origin.x
    for (text, color) in [("before", Self.before), ("after", Self.after)] {
      canvas.line(Point(x, origin.y + 6.5), Point(x + 22, origin.y + 6.5), color, width: 2.5)
      canvas.text(text, at: Point(x + 28, origin.y + 6.5), TextStyle(13), vertical: .middle)
      x += 28 + canvas.width(of: text, TextStyle(13)) + 22
    }
  }

  private func draw(_ trace: TrainingRun.LayerTrace, in panel: Rectangle, on canvas: Canvas) {
    let name = canvas.fitted(trace.name, TextStyle(13), to: panel.width)
    canvas.text(name, at: Point(panel.left, panel.top), TextStyle(13), vertical: .top)
    let deviations = [trace.before, trace.after].map { FigureNumber.significant($0.deviation) }.joined(separator: " → ")
    canvas.text("std " + deviations, at: Point(panel.left, panel.top + 18), Self.labelStyle, vertical: .top)
    let area = Rectangle(x: panel.x, y: panel.top + Self.headHeight, width: panel.width, height: Self.plotHeight)
    let histograms = [(trace.before, Self.before), (trace.after, Self.after)]
    let shapes = histograms.map { Self.shape($0.0) }
    let bounds = zip(histograms, shapes).flatMap { item, shape in
      shape.map { [$0.quantile(0.0005), $0.quantile(0.9995)] } ?? [item.0.low, item.0.high].filter(\.isFinite)
    }
    let reach = 1.08 * (bounds.map(abs).max() ?? 0)
    let isFinite = trace.after.low.isFinite && trace.after.high.isFinite && trace.after.mean.isFinite
    let x = Axis(-max(reach, 1e-30), max(reach, 1e-30), from: area.left, to: area.right)
    canvas.line(Point(area.left, ChartFrame.crisp(area.bottom)), Point(area.right, ChartFrame.crisp(area.bottom)), .rule)
    for tick in Ticks.linear(x.low, x.high, count: 5) where reach > 0 {
      let position = ChartFrame.crisp(x.position(tick.value))
      canvas.line(Point(position, area.top), Point(position, area.bottom), .grid)
      canvas.text(tick.label, at: Point(position, area.bottom + 8), Self.labelStyle, anchor: .middle, vertical: .top)
    }
    for (item, shape) in zip(histograms, shapes) {
      let (histogram, color) = item
      if let shape {
        let peak = shape.bodyHeight
        let outline = shape.outline(
          x: x, baseline: area.bottom, pixelsPerDensity: area.height / 1.12 / peak, cut: 1.12 * peak)
        canvas.clipped(to: Rectangle(x: area.x, y: area.y - 1, width: area.width, height: area.height + 1)) {
          canvas.fill(polygon: outline, color.opacity(0.16))
          canvas.stroke(outline, color, width: 1.6)
        }
      } else if histogram.low == histogram.high, histogram.low.isFinite {
        // Constant weights are a line.
        let position = ChartFrame.crisp(x.position(histogram.low))
        canvas.line(Point(position, area.top), Point(position, area.bottom), color, width: 2)
      }
    }
    if reach == 0, isFinite {
      canvas.text(
        "all weights are 0", at: Point(area.center.x, area.bottom + 8), Self.labelStyle, anchor: .middle, vertical: .top)
    }
    if !isFinite {
      canvas.text(
        "not finite after training", at: Point(area.right - 2, area.top + 2), TextStyle(12, color: .ink), anchor: .end,
        vertical: .top)
    }
  }

  private static func shape(_ histogram: WeightHistogram) -> DensityShape? {
    let bins = histogram.counts.count
    guard bins > 1, histogram.low.isFinite, histogram.high.isFinite, histogram.low < histogram.high else { return nil }
    let edges = (0...bins).map { histogram.low + (histogram.high - histogram.low) * Double($0) / Double(bins) }
    return DensityShape(Histogram(edges: edges, counts: histogram.counts), inRootMeanSquares: false)
  }
}
