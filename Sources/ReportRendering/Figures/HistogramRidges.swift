import Glibc
import NumberText
import SignalPropagation

/// Draws histograms of one signal: one panel per initializer, one ridge per layer.
///
/// Each ridge is in units of its own root mean square: signals range over a hundred orders of magnitude, and their sizes are
/// given as numbers beside them. What the ridges show is shape: dead, saturated, collapsed, heavy-tailed.
struct HistogramRidges {
  let report: AuditReport
  let tensor: SignalTensor

  private static let mostLayers = 10
  private static let spacing = 40.0
  /// Less than a row, so that no ridge covers another.
  private static let ridgeHeight = 36.0
  private static let titleStyle = TextStyle(14, weight: .semibold)
  private static let labelStyle = TextStyle(12, color: .quiet, tabular: true)
  private static let numberStyle = TextStyle(12, tabular: true)
  private static let verdictHeight = 18.0

  init(_ report: AuditReport, _ tensor: SignalTensor) {
    self.report = report
    self.tensor = tensor
  }

  func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let runs = Array(report.runs.prefix(Page.mostPanels))
    let panels = runs.map(ridges)
    let hasCuts = panels.joined().contains { $0.cutShare > 0 }
    let most = max(1, panels.map(\.count).max() ?? 1)
    let hidden = max(1, (runs.map(\.layers.count).max() ?? 1) - 1)

    let columnProbe = PanelGrid(count: runs.count, panelHeight: 0)
    let titles = ReportCaption.labels(of: runs).map {
      ruler.wrapped($0, Self.titleStyle, to: columnProbe.panelWidth, lines: 2)
    }
    let verdicts = VerdictLabel.phrases(runs)
    let isJudged = verdicts.contains { $0 != nil }
    let titleHeight =
      Double(titles.map(\.count).max() ?? 1) * Self.titleStyle.lineHeight + (isJudged ? Self.verdictHeight : 0)
    let grid = PanelGrid(
      count: runs.count, panelHeight: titleHeight + 18 + Self.ridgeHeight + Double(most - 1) * Self.spacing + 52)

    let page = Page(
      tensor == .activation ? Figure.activationHistograms.title : Figure.gradientHistograms.title, report,
      notes: [
        (most < hidden ? "\(most) of \(hidden) hidden layers, the first and the last among them. " : "")
          + "Each histogram is in units of its own root mean square, which stands under “rms”."
          + (hasCuts
            ? " Bars that rise far above the rest are cut; “cut” is the share of the values in them." : "")
      ] + VerdictLabel.note(runs) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: grid.width, ruler: ruler)
    let canvas = try Page.canvas(width: grid.width, height: page.contentTop + grid.height + Page.margin)
    page.draw(on: canvas)

    let isPlain = panels.allSatisfy { Self.sizes($0).allSatisfy { $0.isNaN || ($0 >= -3 && $0 < 4) } }
    let domain = Self.domain(of: panels.joined().compactMap(\.shape))
    for (index, ridges) in panels.enumerated() {
      draw(
        ridges, titles[index], verdicts[index], titleHeight, domain, hasCuts, isPlain: isPlain,
        in: grid.panel(index, top: page.contentTop), on: canvas)
    }
    try canvas.check()
    return canvas
  }

  // MARK: What a panel shows

  private struct Ridge {
    var layer: Int
    var depth: Double
    var cell: SignalCell
    var shape: DensityShape?
    var isConstant: Bool
    /// Bars are cut off a little above the main part, so that the cut shows as a step.
    var cutDensity: Double { (shape?.bodyHeight ?? 0) / 0.86 }
    var cutShare: Double { shape?.share(above: cutDensity) ?? 0 }
  }

  private func ridges(of run: InitializerRun) -> [Ridge] {
    let hidden = run.hiddenLayers.isEmpty ? run.layers[...] : run.hiddenLayers
    return LayerSelection.even(hidden.count, limit: Self.mostLayers).map { position in
      let layer = hidden[position]
      let summary = tensor.summary(of: layer)
      let cell = SignalCell(summary)
      let isZero = cell == .noSignal && summary.secondMoment == 0
      return Ridge(
        layer: layer.index, depth: hidden.count > 1 ? Double(position) / Double(hidden.count - 1) : 0, cell: cell,
        shape: isZero ? nil : summary.histogram.flatMap { DensityShape($0, inRootMeanSquares: true) },
        isConstant: summary.min == summary.max)
    }
  }

  /// One range of values for all panels: it holds 99% of most ridges, at most 5 root mean squares on each side.
  private static func domain(of shapes: [DensityShape]) -> (low: Double, high: Double) {
    guard !shapes.isEmpty else { return (-3, 3) }
    let lows = shapes.map { $0.quantile(0.005) }.sorted()
    let highs = shapes.map { $0.quantile(0.995) }.sorted()
    let low = min(0, max(-5, lows[lows.count / 20]))
    let high = max(0, min(5, highs[highs.count - 1 - highs.count / 20]))
    let margin = 0.06 * max(high - low, 0.5)
    return (low - margin, max(high, low + 0.5) + margin)
  }

  /// log10 of each root mean square; NaN where there is none.
  private static func sizes(_ ridges: [Ridge]) -> [Double] {
    ridges.map { ridge in ridge.cell.value.map { $0 / 2 } ?? ridge.shape.map { log10($0.unit) } ?? .nan }
  }

  /// The root mean squares of a panel, in the picture's one notation: plain where all of them lie from a thousandth to ten
  /// thousand, else all with powers of ten.
  private static func labels(_ ridges: [Ridge], isPlain: Bool) -> [String] {
    sizes(ridges).map { logarithm in
      if logarithm.isNaN { return "" }
      return isPlain ? FigureNumber.power(logarithm, 2, padded: true) : FigureNumber.scientific(logarithm)
    }
  }

  // MARK: Drawing

  private func draw(
    _ ridges: [Ridge], _ title: [String], _ verdict: String?, _ titleHeight: Double, _ domain: (low: Double, high: Double),
    _ hasCuts: Bool, isPlain: Bool, in panel: Rectangle, on canvas: Canvas
  ) {
    var titleY =
      panel.top + titleHeight - Double(title.count) * Self.titleStyle.lineHeight - (verdict == nil ? 0 : Self.verdictHeight)
    for line in title {
      canvas.text(line, at: Point(panel.left, titleY), Self.titleStyle, vertical: .top)
      titleY += Self.titleStyle.lineHeight
    }
    if let verdict { canvas.text(verdict, at: Point(panel.left, titleY), Self.labelStyle, vertical: .top) }
    let sizes = Self.labels(ridges, isPlain: isPlain)
    let headY = panel.top + titleHeight + 8
    let left = panel.left + 38
    let cutX = panel.right
    let rmsX = hasCuts ? panel.right - 46 : panel.right
    let right = rmsX - 66
    canvas.text("layer", at: Point(panel.left, headY), Self.labelStyle)
    canvas.text("rms", at: Point(rmsX, headY), Self.labelStyle, anchor: .end)
    if hasCuts { canvas.text("cut", at: Point(cutX, headY), Self.labelStyle, anchor: .end) }

    let x = Axis(domain.low, domain.high, from: left, to: right)
    let first = headY + 10 + Self.ridgeHeight
    let last = first + Double(max(0, ridges.count - 1)) * Self.spacing
    for tick in Ticks.linear(domain.low, domain.high, count: right - left > 300 ? 8 : 5) {
      let position = ChartFrame.crisp(x.position(tick.value))
      canvas.line(Point(position, first - Self.ridgeHeight), Point(position, last + 4), .grid)
      canvas.text(tick.label, at: Point(position, last + 10), Self.labelStyle, anchor: .middle, vertical: .top)
    }
    canvas.text(
      tensor == .activation ? "activation / rms" : "gradient / rms", at: Point((left + right) / 2, last + 28),
      Self.labelStyle,
      anchor: .middle, vertical: .top)

    for (row, ridge) in ridges.enumerated() {
      let baseline = ChartFrame.crisp(first + Double(row) * Self.spacing)
      canvas.text(String(ridge.layer), at: Point(panel.left + 26, baseline), Self.numberStyle, anchor: .end)
      guard let shape = ridge.shape else {
        let text =
          switch ridge.cell {
          case .nonFinite: "not finite"
          case .noSignal: "no signal"
          case .log10: ridge.isConstant ? "all values are equal" : "no histogram"
          }
        let textLeft = rmsX - canvas.width(of: text, Self.labelStyle)
        canvas.line(Point(left, baseline), Point(min(right, textLeft - 6), baseline), .hatch, dash: [2, 3])
        canvas.text(text, at: Point(textLeft, baseline), Self.labelStyle)
        continue
      }
      let color = Viridis.color(at: 0.12 + 0.75 * ridge.depth)
      let outline = shape.outline(
        x: x, baseline: baseline, pixelsPerDensity: Self.ridgeHeight / ridge.cutDensity, cut: ridge.cutDensity)
      canvas.clipped(to: Rectangle(x: left, y: panel.top, width: right - left, height: panel.height)) {
        canvas.fill(polygon: outline, color.opacity(0.82))
        canvas.stroke(Array(outline.dropFirst().dropLast()), .white, width: 1)
        canvas.line(Point(left, baseline), Point(right, baseline), color, width: 1)
      }
      canvas.text(sizes[row], at: Point(rmsX, baseline), Self.numberStyle, anchor: .end)
      if ridge.cutShare > 0 {
        canvas.text(FigureNumber.percent(ridge.cutShare), at: Point(cutX, baseline), Self.numberStyle, anchor: .end)
      }
    }
  }
}
