import Glibc
import NumberText
import SignalPropagation

/// Draws histograms of weights: all initializers over each other for one layer, then a panel per initializer with its own
/// range.
struct WeightHistograms {
  let report: AuditReport

  private static let titleStyle = TextStyle(14, weight: .semibold)
  private static let labelStyle = TextStyle(12, color: .quiet, tabular: true)
  private static let overlayHeight = 260.0
  private static let plotHeight = 150.0
  private static let verdictHeight = 18.0

  /// The words of the facts over each panel.
  private static func note(_ runs: [InitializerRun]) -> String {
    let layers = runs.flatMap(\.layers).compactMap(\.weights)
    return "Each panel has its own scale. std: standard deviation"
      + (layers.contains { $0.expectedVariance != nil } ? "; declared: what the initializer is meant to give" : "")
      + (layers.contains { $0.orthogonalityDefect != nil }
        ? "; defect: how far the matrix is from an orthogonal one, 0 if it is one." : ".")
  }

  init(_ report: AuditReport) { self.report = report }

  func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let runs = Array(report.runs.prefix(Page.mostPanels))
    let names = ReportCaption.labels(of: runs)
    let probe = PanelGrid(count: runs.count, panelHeight: 0)
    let titles = names.map { ruler.wrapped($0, Self.titleStyle, to: probe.panelWidth, lines: 2) }
    let verdicts = VerdictLabel.phrases(runs)
    let isJudged = verdicts.contains { $0 != nil }
    let titleHeight =
      Double(titles.map(\.count).max() ?? 1) * Self.titleStyle.lineHeight + (isJudged ? Self.verdictHeight : 0)
    let grid = PanelGrid(count: runs.count, panelHeight: titleHeight + 50 + Self.plotHeight + 30)

    let overlay = overlaySeries(runs)
    let legend = SeriesLegend(
      overlay.map { SeriesLegend.Entry(style: Self.style($0), name: names[$0.index], note: $0.note) },
      width: grid.width - 2 * Page.margin, ruler: ruler)
    let showsOverlay = overlay.contains { $0.shape != nil } && runs.count > 1
    let overlayBlock = showsOverlay ? 26 + Self.overlayHeight + 58 + legend.height + PanelGrid.gap : 0

    let page = Page(
      Figure.weightHistograms.title, report,
      notes: [Self.note(runs)] + VerdictLabel.note(runs) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: grid.width, ruler: ruler)
    let canvas = try Page.canvas(width: grid.width, height: page.contentTop + overlayBlock + grid.height + Page.margin)
    page.draw(on: canvas)
    if showsOverlay { draw(overlay, legend, top: page.contentTop, on: canvas, width: grid.width) }
    for (index, run) in runs.enumerated() {
      draw(
        run, titles[index], verdicts[index], titleHeight, in: grid.panel(index, top: page.contentTop + overlayBlock),
        on: canvas)
    }
    try canvas.check()
    return canvas
  }

  // MARK: Overlay

  private struct OverlaySeries {
    var index: Int
    var layer: LayerResult?
    var shape: DensityShape?
    var note: String
  }

  /// The middle hidden layer with weights of each run.
  private func overlaySeries(_ runs: [InitializerRun]) -> [OverlaySeries] {
    runs.enumerated().map { index, run in
      let hidden = Self.weighted(run)
      let layer = hidden.isEmpty ? nil : hidden[hidden.count / 2]
      let shape = Self.shape(layer?.weights)
      let note = layer?.weights.map { "std \(FigureNumber.significant(sqrt($0.variance)))" } ?? "no weights"
      return OverlaySeries(index: index, layer: layer, shape: shape, note: note)
    }
  }

  /// Constant weights are a dotted vertical line.
  private static func style(_ series: OverlaySeries) -> SeriesStyle {
    var style = SeriesStyle.categorical(series.index)
    if series.shape == nil { style.dash = [2, 3] }
    return style
  }

  private func draw(_ series: [OverlaySeries], _ legend: SeriesLegend, top: Double, on canvas: Canvas, width: Double) {
    let layer = series.compactMap(\.layer).first
    canvas.text(
      "All initializers in layer \(layer?.index ?? 0) (\(layer?.name ?? "")); the density is on a logarithmic scale",
      at: Point(Page.margin, top), Self.titleStyle, vertical: .top)
    let area = Rectangle(
      x: Page.margin + 68, y: top + 26, width: width - 2 * Page.margin - 68, height: Self.overlayHeight)

    // The range of most laws. One that is far wider leaves the frame, nearly flat.
    let reaches = series.compactMap { $0.shape.map { max(abs($0.quantile(0.001)), abs($0.quantile(0.999))) } }
    let reach = 1.25 * Self.cluster(reaches, factor: 3).high
    // The same upwards; downwards to a decade below the flattest law that is still near the others.
    let peaks = Self.cluster(series.compactMap { $0.shape?.densities.max() }, factor: 30)
    let high = log10(peaks.high) + 0.15
    let low = log10(peaks.low) - 1
    let frame = ChartFrame(
      area: area, x: Axis(-reach, reach, from: area.left, to: area.right),
      y: Axis(low, high, from: area.bottom, to: area.top),
      xTicks: Ticks.linear(-reach, reach, count: 9), yTicks: Ticks.log10Axis(low, high, count: 5), xTitle: "weight",
      yTitle: "density")
    frame.draw(on: canvas)
    canvas.clipped(to: area) {
      for item in series {
        guard let shape = item.shape else { continue }
        let style = Self.style(item)
        var points: [Point] = []
        for (bin, density) in shape.densities.enumerated() {
          let y = density > 0 ? log10(density) : low - 1
          points.append(frame.point(shape.edges[bin], y))
          points.append(frame.point(shape.edges[bin + 1], y))
        }
        if let first = points.first, let last = points.last {
          points.insert(Point(first.x, area.bottom + 4), at: 0)
          points.append(Point(last.x, area.bottom + 4))
        }
        canvas.stroke(points, style.color, width: 1.8, dash: style.dash)
      }
    }
    for item in series where item.shape == nil {
      guard let weights = item.layer?.weights, weights.variance == 0, abs(weights.mean) < reach else { continue }
      let x = ChartFrame.crisp(frame.x.position(weights.mean))
      let style = Self.style(item)
      canvas.line(Point(x, area.bottom), Point(x, area.top), style.color, width: 1.8, dash: style.dash)
    }
    legend.draw(at: Point(Page.margin, area.bottom + 58), on: canvas)
  }

  /// The bounds of the values that no gap wider than `factor` separates from the middle one; 1 and 1 without positive
  /// values.
  static func cluster(_ values: [Double], factor: Double) -> (low: Double, high: Double) {
    let sorted = values.filter { $0 > 0 }.sorted()
    guard !sorted.isEmpty else { return (1, 1) }
    var low = sorted[(sorted.count - 1) / 2]
    var high = low
    for value in sorted where value > high && value <= high * factor { high = value }
    for value in sorted.reversed() where value < low && value >= low / factor { low = value }
    return (low, high)
  }

  // MARK: Panels

  private func draw(
    _ run: InitializerRun, _ title: [String], _ verdict: String?, _ titleHeight: Double, in panel: Rectangle,
    on canvas: Canvas
  ) {
    var y =
      panel.top + titleHeight - Double(title.count) * Self.titleStyle.lineHeight - (verdict == nil ? 0 : Self.verdictHeight)
    for line in title {
      canvas.text(line, at: Point(panel.left, y), Self.titleStyle, vertical: .top)
      y += Self.titleStyle.lineHeight
    }
    if let verdict { canvas.text(verdict, at: Point(panel.left, y), Self.labelStyle, vertical: .top) }
    let layers = Self.weighted(run)
    let chosen = LayerSelection.even(layers.count, limit: 3).map { layers[$0] }
    let area = Rectangle(
      x: panel.left, y: panel.top + titleHeight + 50, width: panel.width, height: Self.plotHeight)
    let facts = Self.facts(chosen.isEmpty ? nil : chosen[chosen.count / 2], of: run)
    canvas.text(
      facts.first { canvas.width(of: $0, Self.labelStyle) <= panel.width } ?? "",
      at: Point(panel.left, panel.top + titleHeight + 8), Self.labelStyle)

    let shapes = chosen.map { Self.shape($0.weights) }
    guard shapes.contains(where: { $0 != nil }) else {
      let constant = chosen.compactMap { $0.weights }.first { $0.variance == 0 }
      let box = Rectangle(x: area.x, y: area.y - 22, width: area.width, height: area.height + 22)
      canvas.fill(box, .absent)
      canvas.text(
        chosen.isEmpty
          ? "no weights" : constant.map { "all weights are \(FigureNumber.significant($0.mean))" } ?? "no histogram",
        at: box.center, TextStyle(13, color: .quiet), anchor: .middle, vertical: .middle)
      return
    }
    var keyX = panel.left
    let present = zip(chosen, shapes).compactMap { layer, shape in shape.map { (layer, $0) } }
    let reach = 1.08 * (present.map { max(abs($0.1.quantile(0.0005)), abs($0.1.quantile(0.9995))) }.max() ?? 1)
    // A matrix of zeros and a diagonal has one bin far above the rest, so the other bins set the scale, as in the ridges.
    let peak = present.map(\.1.bodyHeight).max() ?? 1
    let x = Axis(-max(reach, 1e-300), max(reach, 1e-300), from: area.left, to: area.right)
    canvas.line(Point(area.left, ChartFrame.crisp(area.bottom)), Point(area.right, ChartFrame.crisp(area.bottom)), .rule)
    for tick in Ticks.linear(x.low, x.high, count: 6) {
      let position = ChartFrame.crisp(x.position(tick.value))
      canvas.line(Point(position, area.top), Point(position, area.bottom), .grid)
      canvas.text(tick.label, at: Point(position, area.bottom + 8), Self.labelStyle, anchor: .middle, vertical: .top)
    }
    for (position, item) in present.enumerated() {
      let color = Viridis.color(at: present.count == 1 ? 0.3 : [0.1, 0.5, 0.8][min(position, 2)])
      let outline = item.1.outline(
        x: x, baseline: area.bottom, pixelsPerDensity: area.height / 1.12 / peak, cut: 1.12 * peak)
      canvas.clipped(to: Rectangle(x: area.x, y: area.y - 1, width: area.width, height: area.height + 1)) {
        canvas.fill(polygon: outline, color.opacity(0.14))
        canvas.stroke(outline, color, width: 1.6)
      }
      let text = "layer \(item.0.index)"
      let keyY = panel.top + titleHeight + 28
      canvas.line(Point(keyX, keyY - 4), Point(keyX + 16, keyY - 4), color, width: 2.5)
      canvas.text(text, at: Point(keyX + 22, keyY), Self.labelStyle)
      keyX += 22 + canvas.width(of: text, Self.labelStyle) + 16
    }
  }

  /// Facts about a layer, the longest version first, for panels of different widths.
  private static func facts(_ layer: LayerResult?, of run: InitializerRun) -> [String] {
    guard let layer, let weights = layer.weights else { return [] }
    var text = "layer \(layer.index): std \(FigureNumber.significant(sqrt(weights.variance)))"
    if let expected = weights.expectedVariance { text += ", declared \(FigureNumber.significant(sqrt(expected)))" }
    // Of matrices that nobody declared orthogonal, the defect is that of any other.
    let own = run.parameters.first { $0.layer == layer.name && $0.role == .weight }?.initializer
    guard (own ?? run.initializer).contains("orthogonal"), let defect = weights.orthogonalityDefect else { return [text] }
    return ["\(text), defect \(FigureNumber.significant(defect, 2))", text]
  }

  /// The hidden layers with weights, or the output layer where there is no other.
  private static func weighted(_ run: InitializerRun) -> [LayerResult] {
    let hidden = run.hiddenLayers.filter { $0.weights != nil }
    return hidden.isEmpty ? run.layers.filter { $0.weights != nil } : hidden
  }

  /// The density; nil for constant weights, whose histogram has no width.
  private static func shape(_ weights: WeightSummary?) -> DensityShape? {
    guard let weights, weights.variance > 0 else { return nil }
    return weights.histogram.flatMap { DensityShape($0, inRootMeanSquares: false) }
  }
}
