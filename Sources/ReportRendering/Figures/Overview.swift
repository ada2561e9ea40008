import Diagnosis
import NetworkGraph
import NumberText
import SignalPropagation

/// One picture for a pull request: the verdict, both signals and the key numbers, a row per initializer.
package struct Overview {
  let report: AuditReport

  private static let nameStyle = TextStyle(14)
  private static let numberStyle = TextStyle(14, tabular: true)
  private static let smallStyle = TextStyle(12, color: .quiet, tabular: true)
  private static let adviceStyle = TextStyle(14)
  private static let stripWidth = 210.0
  private static let gap = 28.0
  /// Recommendations that have room; the terminal has all.
  private static let mostAdvice = 3

  package init(_ report: AuditReport) { self.report = report }

  // MARK: What it says

  /// The heads of the columns of words and numbers: the verdict's, left of the strips, and those of the signals, right of
  /// them.
  package enum Column: CaseIterable, Sendable {
    case verdict, trains, learningRate, forward, backward, dead, saturated, cosine

    package var head: (title: String, detail: String) {
      switch self {
      case .verdict: ("Verdict", "")
      case .trains: ("Trains?", "plain SGD")
      case .learningRate: ("Learning rate", "to begin with")
      case .forward: ("Growth per layer", "forward")
      case .backward: ("Growth per layer", "backward")
      case .dead: ("Dead units", "worst layer")
      case .saturated: ("Saturated", "worst layer")
      case .cosine: ("Cosine of inputs", "last hidden layer")
      }
    }

    /// From the left edge of the column to that of the next; text of the verdict starts at the left, numbers end at the
    /// right.
    var width: Double {
      switch self {
      case .verdict: 108
      case .trains: 88
      case .learningRate: 110
      case .forward, .backward: 128
      case .dead: 88
      case .saturated: 88
      case .cosine: 120
      }
    }

    var isVerdict: Bool { Self.verdicts.contains(self) }
    private static let verdicts: [Column] = [.verdict, .trains, .learningRate]

    /// The columns of which some run has an entry; the verdict's status stands in any case.
    package static func shown(_ runs: [InitializerRun]) -> (verdicts: [Column], numbers: [Column]) {
      let shown = allCases.filter { column in
        column == .verdict || runs.contains { !Overview.entry(column, of: $0).isAbsent }
      }
      return (shown.filter(\.isVerdict), shown.filter { !$0.isVerdict })
    }

    /// Calls `draw` with the place of each column: the verdict's by their left edges, those of numbers by their right ones.
    static func place(_ lines: Lines, _ draw: (Column, Double) -> Void) {
      var x = lines.verdict
      for column in lines.columns.verdicts {
        draw(column, x)
        x += column.width
      }
      x = lines.numbers
      for column in lines.columns.numbers {
        x += column.width(growth: lines.growth)
        draw(column, x)
      }
    }

    /// The width where columns of growth are so wide.
    func width(growth: Double) -> Double { self == .forward || self == .backward ? growth : width }
  }

  /// Where the columns stand: left edges of the verdict's and of the numbers', and the width of a column of growth.
  struct Lines {
    var verdict, numbers, growth: Double
    var columns: (verdicts: [Column], numbers: [Column])
  }

  /// The width that intervals of growth need: those of signals far from 1 are long.
  private static func growthWidth(_ runs: [InitializerRun], _ ruler: Canvas) -> Double {
    let details = runs.flatMap { run in
      [Column.forward, .backward].compactMap { entry($0, of: run).detail.map { ruler.width(of: $0, smallStyle) } }
    }
    return max(Column.forward.width, (details.max() ?? 0).rounded(.up) + 20)
  }

  /// What stands in a row's column: a text, and a smaller one below.
  package struct Entry: Sendable, Equatable {
    package var text: String
    package var detail: String?

    package init(_ text: String, _ detail: String? = nil) {
      self.text = text
      self.detail = detail
    }

    /// Whether it says nothing at all.
    var isAbsent: Bool { text == "–" }
    var isMissing: Bool { ["–", "no signal", "too few layers", VerdictLabel.missing].contains(text) }
  }

  /// The layers whose numbers are compared, as in the terminal's table: the hidden ones, or all where there is no other.
  package static func entry(_ column: Column, of run: InitializerRun) -> Entry {
    let all = run.hiddenLayers.isEmpty ? run.layers[...] : run.hiddenLayers
    // What is zero by design is no fault.
    let zeros = DeadUnits.zeroByDesign(in: run), hidden = all.filter { !zeros.contains($0.index) }
    let verdict = VerdictLabel(run.verdict)
    func growth(_ tensor: SignalTensor) -> Entry {
      guard let growth = tensor.growth(of: run) else { return Entry(GrowthText.missing(run, tensor)) }
      return Entry(GrowthText.factor(growth), GrowthText.interval(growth))
    }
    return switch column {
    case .verdict: Entry(verdict.status)
    case .trains: Entry(verdict.trains ?? "–", verdict.sureness)
    case .learningRate: Entry(verdict.learningRate ?? "–")
    case .forward: growth(.activation)
    case .backward: growth(.gradient)
    case .dead: Entry(hidden.compactMap(\.activation.deadFraction).max().map(FigureNumber.percent) ?? "–")
    // A rectifier is flat on one side by design, which `dead` tells of where it does harm.
    case .saturated where (try? Activation(parsing: run.activation)).map(SaturatedUnits.isBounded) == false: Entry("–")
    case .saturated: Entry(hidden.compactMap(\.activation.saturatedFraction).max().map(FigureNumber.percent) ?? "–")
    case .cosine: Entry(hidden.last?.activation.cosineSimilarity.map(FigureNumber.cosine) ?? "–")
    }
  }

  // MARK: Drawing

  package func draw() throws(RenderingError) -> Canvas {
    let ruler = try Page.ruler()
    let folded = FoldedRuns(report.runs)
    let runs = Array(report.runs.prefix(Page.mostRows)), strips = Array(folded.runs.prefix(Page.mostRows))
    let growth = Self.growthWidth(runs, ruler)
    // Names make room for long intervals.
    let nameWidth = max(120, 204 - 2 * (growth - Column.forward.width))
    let labels = ReportCaption.labels(of: runs).map { ruler.wrapped($0, Self.nameStyle, to: nameWidth, lines: 3) }
    let labelWidth = max(96, labels.joined().map { ruler.width(of: $0, Self.nameStyle) }.max() ?? 0).rounded(.up)
    let forward = strips.map { run in run.layers.map { SignalCell($0.activation) } }
    let backward = strips.map { run in run.layers.map { SignalCell($0.gradient) } }
    let indices = strips.max { $0.layers.count < $1.layers.count }?.layers.map(\.index) ?? []

    let columns = Column.shown(runs)
    let verdictX = Page.margin + labelWidth + 24
    let forwardX = verdictX + columns.verdicts.reduce(0) { $0 + $1.width }
    let backwardX = forwardX + Self.stripWidth + Self.gap
    let numbersX = backwardX + Self.stripWidth
    let lines = Lines(verdict: verdictX, numbers: numbersX, growth: growth, columns: columns)
    let width = numbersX + columns.numbers.reduce(0) { $0 + $1.width(growth: lines.growth) } + Page.margin
    let page = Page(
      Figure.overview.title, report,
      notes: folded.note + VerdictLabel.note(runs) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: width,
      ruler: ruler)
    let rowHeights = labels.map { max(42, Double($0.count) * Self.nameStyle.lineHeight + 10) }
    let top = page.contentTop + 40
    let bottom = top + rowHeights.reduce(0, +)
    let advice = adviceLines(width - 2 * Page.margin, ruler)
    let adviceTop = bottom + 44 + SignalLegend.height + 16
    let adviceHeight = advice.isEmpty ? 0 : 24 + Double(advice.count) * Self.adviceStyle.lineHeight + 10
    let canvas = try Page.canvas(width: width, height: adviceTop + adviceHeight + 16 + Page.margin)
    page.draw(on: canvas)
    drawHeads(folded.unit, lines, forwardX, backwardX, top, on: canvas)

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
          top: (middle - 14).rounded(), height: 28, decimals: nil, on: canvas)
      }
      drawEntries(run, lines, middle, on: canvas)
      y += height
    }
    canvas.line(
      Point(Page.margin, ChartFrame.crisp(bottom)), Point(width - Page.margin, ChartFrame.crisp(bottom)), .grid)
    for x in [forwardX, backwardX] {
      let edges = SignalCells.edges(from: x, width: Self.stripWidth, count: max(1, indices.count))
      SignalCells.drawLayerTicks(indices, edges: edges, y: bottom + 8, on: canvas)
    }
    SignalLegend(hasNumbers: false, cells: (forward + backward).flatMap { $0 })
      .draw(at: Point(forwardX, bottom + 44), on: canvas)
    drawAdvice(advice, top: adviceTop, on: canvas)
    drawFooter(y: adviceTop + adviceHeight + 10, width: width, on: canvas)
    try canvas.check()
    return canvas
  }

  private func drawHeads(
    _ unit: String, _ lines: Lines, _ forwardX: Double, _ backwardX: Double, _ top: Double,
    on canvas: Canvas
  ) {
    let strong = TextStyle(13, weight: .semibold)
    let lower = top - 12
    let upper = lower - 17
    canvas.text("Activations by \(unit)", at: Point(forwardX, upper), strong)
    canvas.text("Gradients by \(unit)", at: Point(backwardX, upper), strong)
    for x in [forwardX, backwardX] { canvas.text("mean square", at: Point(x, lower), Self.smallStyle) }
    func draw(_ column: Column, _ x: Double) {
      let anchor: HorizontalAnchor = column.isVerdict ? .start : .end
      canvas.text(column.head.title, at: Point(x, upper), strong, anchor: anchor)
      canvas.text(column.head.detail, at: Point(x, lower), Self.smallStyle, anchor: anchor)
    }
    Column.place(lines, draw)
  }

  private func drawEntries(
    _ run: InitializerRun, _ lines: Lines, _ middle: Double, on canvas: Canvas
  ) {
    func draw(_ column: Column, _ x: Double) {
      let entry = Self.entry(column, of: run), anchor: HorizontalAnchor = column.isVerdict ? .start : .end
      var style = entry.isMissing ? TextStyle(13, color: .quiet) : Self.numberStyle
      // In words first: the weight of the letters only helps to find what needs a look.
      if column == .verdict, let status = run.verdict?.status, status != .healthy { style.weight = .semibold }
      if column == .trains, run.verdict?.trains == false { style.weight = .semibold }
      canvas.text(
        entry.text, at: Point(x, entry.detail == nil ? middle : middle - 8), style, anchor: anchor, vertical: .middle)
      if let detail = entry.detail {
        canvas.text(detail, at: Point(x, middle + 9), Self.smallStyle, anchor: anchor, vertical: .middle)
      }
    }
    Column.place(lines, draw)
  }

  // MARK: Recommendation and origin

  private func adviceLines(_ width: Double, _ ruler: Canvas) -> [(text: String, isFirst: Bool)] {
    let advice = Advice.of(report.runs)
    var texts = advice.prefix(Self.mostAdvice).map { item in
      // A picture of one run has no other that it could be for.
      item.names.isEmpty || report.runs.count == 1
        ? item.sentence : "\(item.sentence) (For \(item.names.joined(separator: ", ")).)"
    }
    if advice.count > Self.mostAdvice { texts.append("\(advice.count - Self.mostAdvice) more in the text of the audit.") }
    return texts.flatMap { text in
      ruler.wrapped(text, Self.adviceStyle, to: width, lines: 3).enumerated().map { ($1, $0 == 0) }
    }
  }

  private func drawAdvice(_ lines: [(text: String, isFirst: Bool)], top: Double, on canvas: Canvas) {
    guard !lines.isEmpty else { return }
    let title = lines.count { $0.isFirst } == 1 ? "Recommendation" : "Recommendations"
    canvas.text(title, at: Point(Page.margin, top), TextStyle(13, weight: .semibold), vertical: .top)
    var y = top + 22
    for line in lines {
      canvas.text(line.text, at: Point(Page.margin, y), Self.adviceStyle, vertical: .top)
      y += Self.adviceStyle.lineHeight
    }
  }

  private func drawFooter(y: Double, width: Double, on canvas: Canvas) {
    let text =
      "\(report.tool.name) \(report.tool.version)" + (report.tool.command.isEmpty ? "" : " · \(report.tool.command)")
    canvas.text(
      canvas.fitted(text, TextStyle(12, color: .quiet), to: width - 2 * Page.margin), at: Point(Page.margin, y),
      TextStyle(12, color: .quiet))
  }
}
