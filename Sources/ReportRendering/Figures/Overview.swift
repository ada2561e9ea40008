import NumberText
import SignalPropagation

/// One picture for a pull request: both signals and the key numbers, a row per initializer.
struct Overview {
  let report: AuditReport

  private static let nameStyle = TextStyle(14)
  private static let numberStyle = TextStyle(14, tabular: true)
  private static let smallStyle = TextStyle(12, color: .quiet, tabular: true)
  private static let stripWidth = 280.0
  private static let gap = 28.0
  private static let columnWidths = [132.0, 128, 84, 88, 76]

  init(_ report: AuditReport) { self.report = report }

  func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let runs = Array(report.runs.prefix(Page.mostRows))
    let labels = ReportCaption.labels(of: runs).map { ruler.wrapped($0, Self.nameStyle, to: 232, lines: 3) }
    let labelWidth = max(96, labels.joined().map { ruler.width(of: $0, Self.nameStyle) }.max() ?? 0).rounded(.up)
    let forward = runs.map { run in run.layers.map { SignalCell($0.activation) } }
    let backward = runs.map { run in run.layers.map { SignalCell($0.gradient) } }
    let cells = (forward + backward).flatMap { $0 }
    let scale = SignalScale(cells)
    let indices = runs.max { $0.layers.count < $1.layers.count }?.layers.map(\.index) ?? []

    let forwardX = Page.margin + labelWidth + 18
    let backwardX = forwardX + Self.stripWidth + Self.gap
    let numbersX = backwardX + Self.stripWidth
    let width = numbersX + Self.columnWidths.reduce(0, +) + Page.margin
    let page = Page(
      Figure.overview.title, report, notes: Page.omissionNote(shown: runs.count, of: report.runs.count), width: width,
      ruler: ruler)
    let rowHeights = labels.map { max(42, Double($0.count) * Self.nameStyle.lineHeight + 10) }
    let top = page.contentTop + 40
    let bottom = top + rowHeights.reduce(0, +)
    let canvas = try Page.canvas(width: width, height: bottom + 44 + SignalLegend.height + 26 + Page.margin)
    page.draw(on: canvas)
    drawHeads(forwardX, backwardX, numbersX, top, on: canvas)

    var y = top
    for (row, run) in runs.enumerated() {
      let height = rowHeights[row]
      let middle = y + height / 2
      canvas.line(
        Point(Page.margin, ChartFrame.crisp(y)), Point(width - Page.margin, ChartFrame.crisp(y)), .grid)
      var lineY = middle - Double(labels[row].count - 1) / 2 * Self.nameStyle.lineHeight
      for line in labels[row] {
        canvas.text(line, at: Point(Page.margin, lineY), Self.nameStyle, vertical: .middle)
        lineY += Self.nameStyle.lineHeight
      }
      for (strip, x) in [(forward[row], forwardX), (backward[row], backwardX)] {
        SignalCells.draw(
          strip, edges: SignalCells.edges(from: x, width: Self.stripWidth, count: max(1, indices.count)),
          top: (middle - 14).rounded(), height: 28, scale: scale, decimals: nil, on: canvas)
      }
      drawNumbers(run, numbersX, middle, on: canvas)
      y += height
    }
    canvas.line(
      Point(Page.margin, ChartFrame.crisp(bottom)), Point(width - Page.margin, ChartFrame.crisp(bottom)), .grid)
    for x in [forwardX, backwardX] {
      let edges = SignalCells.edges(from: x, width: Self.stripWidth, count: max(1, indices.count))
      SignalCells.drawLayerTicks(indices, edges: edges, y: bottom + 8, on: canvas)
    }
    SignalLegend(scale: scale, cells: cells).draw(at: Point(forwardX, bottom + 44), on: canvas)
    drawFooter(y: bottom + 44 + SignalLegend.height + 24, width: width, on: canvas)
    try canvas.check()
    return canvas
  }

  private func drawHeads(_ forwardX: Double, _ backwardX: Double, _ numbersX: Double, _ top: Double, on canvas: Canvas) {
    let strong = TextStyle(13, weight: .semibold)
    let lower = top - 12
    let upper = lower - 17
    canvas.text("Activations by layer", at: Point(forwardX, lower), strong)
    canvas.text("Gradients by layer", at: Point(backwardX, lower), strong)
    let heads = [
      ("Growth/layer", "forward"), ("Growth/layer", "backward"), ("Dead", "worst layer"), ("Saturated", "worst layer"),
      ("Cosine", "last layer"),
    ]
    var right = numbersX
    for (head, width) in zip(heads, Self.columnWidths) {
      right += width
      canvas.text(head.0, at: Point(right, upper), strong, anchor: .end)
      canvas.text(head.1, at: Point(right, lower), Self.smallStyle, anchor: .end)
    }
  }

  private func drawNumbers(_ run: InitializerRun, _ left: Double, _ middle: Double, on canvas: Canvas) {
    var right = left
    func cell(_ column: Int, _ text: String, _ small: String? = nil) {
      right += Self.columnWidths[column]
      let isMissing = text == "–" || text.hasPrefix("no")
      let style = isMissing ? TextStyle(13, color: .quiet) : Self.numberStyle
      canvas.text(text, at: Point(right, small == nil ? middle : middle - 8), style, anchor: .end, vertical: .middle)
      if let small {
        canvas.text(small, at: Point(right, middle + 9), Self.smallStyle, anchor: .end, vertical: .middle)
      }
    }
    for (column, tensor) in [SignalTensor.activation, .gradient].enumerated() {
      if let growth = tensor.growth(of: run) {
        cell(column, GrowthText.factor(growth), GrowthText.interval(growth))
      } else {
        cell(column, GrowthText.missing(run, tensor))
      }
    }
    cell(2, run.layers.compactMap(\.activation.deadFraction).max().map(FigureNumber.percent) ?? "–")
    cell(3, run.layers.compactMap(\.activation.saturatedFraction).max().map(FigureNumber.percent) ?? "–")
    cell(4, run.layers.last?.activation.cosineSimilarity.map(Self.cosine) ?? "–")
  }

  /// Two decimals, more where a collapse would round to 1: 0.999998 is another network than 0.98.
  static func cosine(_ value: Double) -> String {
    guard value > 0.995, value < 1 else { return FigureNumber.fixed(value, 2) }
    return "1−" + FigureNumber.significant(1 - value, 1)
  }

  private func drawFooter(y: Double, width: Double, on canvas: Canvas) {
    let text =
      "\(report.tool.name) \(report.tool.version)" + (report.tool.command.isEmpty ? "" : " · \(report.tool.command)")
    canvas.text(
      canvas.fitted(text, TextStyle(12, color: .quiet), to: width - 2 * Page.margin), at: Point(Page.margin, y),
      TextStyle(12, color: .quiet))
  }
}
