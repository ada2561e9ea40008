import SignalPropagation

/// Mean squares, layers by initializers.
package struct SignalHeatmap {
  let report: AuditReport
  let tensor: SignalTensor

  package init(_ report: AuditReport, _ tensor: SignalTensor) {
    self.report = report
    self.tensor = tensor
  }

  private static let labelStyle = TextStyle(13)
  private static let verdictStyle = TextStyle(12, color: .quiet)

  /// The positions of all parts, in pixels.
  package struct Layout {
    var page: Page
    /// What the columns are: `layer` or `block`.
    var unit: String
    package var labels: [[String]]
    /// The verdict under each label.
    package var verdicts: [String?]
    package var cells: [[SignalCell]]
    package var indices: [Int]
    /// The bounds of the columns, one more than there are layers.
    package var edges: [Double]
    /// The bounds of the rows, one more than there are runs.
    package var rows: [Double]
    package var decimals: Int?
    /// The width of the column at the right with the last value as a number; 0 where the cells have numbers themselves.
    var endWidth: Double
    package var width: Double
    package var legendOrigin: Point

    var height: Double { legendOrigin.y + SignalLegend.height + Page.margin }
    var left: Double { edges[0] }
    var right: Double { edges[edges.count - 1] }
    var top: Double { rows[0] }
    var bottom: Double { rows[rows.count - 1] }
  }

  package func layout() throws(RenderingError) -> Layout {
    let ruler = try Page.ruler()
    let folded = FoldedRuns(report.runs)
    let runs = Array(folded.runs.prefix(Page.mostRows))
    let rows = runs.map { run in run.layers.map { SignalCell(tensor.summary(of: $0)) } }
    let all = rows.flatMap { $0 }
    let indices = runs.max { $0.layers.count < $1.layers.count }?.layers.map(\.index) ?? []
    let columns = max(1, indices.count)

    let labels = ReportCaption.labels(of: runs).map { ruler.wrapped($0, Self.labelStyle, to: 250, lines: 3) }
    let verdicts = VerdictLabel.phrases(runs)
    let labelWidth = max(
      labels.joined().map { ruler.width(of: $0, Self.labelStyle) }.max() ?? 0,
      verdicts.compactMap(\.self).map { ruler.width(of: $0, Self.verdictStyle) }.max() ?? 0)
    // One pixel of a column separates the cells; with more than 21 layers cells get narrower.
    let plotWidth = min(966, Double(columns) * max(46, columns < 6 ? 96 : 46))
    let decimals = SignalCells.decimals(fitting: all, width: plotWidth / Double(columns) - 1, ruler: ruler)
    // Where cells are too narrow for numbers, the last one on the signal's way has one.
    let endWidth = decimals == nil ? 96.0 : 0
    let left = (Page.margin + labelWidth + 14).rounded()
    let width = max(left + plotWidth + endWidth, Page.margin + SignalLegend.minimumWidth) + Page.margin

    let page = Page(
      title, report,
      notes: folded.note + VerdictLabel.note(runs) + Page.omissionNote(shown: runs.count, of: report.runs.count),
      width: width, ruler: ruler)
    let rowHeights = zip(labels, verdicts).map { label, verdict in
      max(34, Double(label.count + (verdict == nil ? 0 : 1)) * Self.labelStyle.lineHeight + 8)
    }
    var rowBounds = [page.contentTop + (decimals == nil ? 20 : 0)]
    for height in rowHeights { rowBounds.append(rowBounds[rowBounds.count - 1] + height) }
    return Layout(
      page: page, unit: folded.unit, labels: labels, verdicts: verdicts, cells: rows, indices: indices,
      edges: SignalCells.edges(from: left, width: plotWidth, count: columns), rows: rowBounds, decimals: decimals,
      endWidth: endWidth, width: width, legendOrigin: Point(Page.margin, rowBounds[rowBounds.count - 1] + 62))
  }

  package func draw() throws(RenderingError) -> Canvas {
    let layout = try layout()
    let canvas = try Page.canvas(width: layout.width, height: layout.height)
    layout.page.draw(on: canvas)
    if layout.endWidth > 0 {
      canvas.text(
        endTitle(layout.indices, layout.unit), at: Point(layout.right + 12, layout.top - 8), TextStyle(12, color: .quiet))
    }
    for (row, cells) in layout.cells.enumerated() {
      let top = layout.rows[row]
      let middle = (top + layout.rows[row + 1]) / 2
      drawLabel(layout.labels[row], layout.verdicts[row], right: layout.left - 14, middle: middle, on: canvas)
      SignalCells.draw(
        cells, edges: layout.edges, top: top + 1, height: layout.rows[row + 1] - top - 2,
        decimals: layout.decimals, on: canvas)
      if layout.endWidth > 0 {
        canvas.text(
          endText(cells), at: Point(layout.right + 12, middle), TextStyle(13, tabular: true), vertical: .middle)
      }
    }
    SignalCells.drawLayerTicks(layout.indices, edges: layout.edges, y: layout.bottom + 8, on: canvas)
    canvas.text(
      layout.indices.count > 5 ? "\(layout.unit), from the input to the output" : layout.unit,
      at: Point((layout.left + layout.right) / 2, layout.bottom + 28), TextStyle(13), anchor: .middle, vertical: .top)
    SignalLegend(hasNumbers: true, cells: Array(layout.cells.joined())).draw(at: layout.legendOrigin, on: canvas)
    try canvas.check()
    return canvas
  }

  private var title: String {
    switch tensor {
    case .activation: Figure.activationsHeatmap.title
    case .gradient: Figure.gradientsHeatmap.title
    }
  }

  private func drawLabel(_ lines: [String], _ verdict: String?, right: Double, middle: Double, on canvas: Canvas) {
    var y = middle - Double(lines.count - (verdict == nil ? 1 : 0)) / 2 * Self.labelStyle.lineHeight
    for line in lines {
      canvas.text(line, at: Point(right, y), Self.labelStyle, anchor: .end, vertical: .middle)
      y += Self.labelStyle.lineHeight
    }
    if let verdict { canvas.text(verdict, at: Point(right, y), Self.verdictStyle, anchor: .end, vertical: .middle) }
  }

  private func endTitle(_ indices: [Int], _ unit: String) -> String {
    switch tensor {
    case .activation: "log10, \(unit) \(indices.last ?? 0)"
    case .gradient: "log10, \(unit) \(indices.first ?? 0)"
    }
  }

  private func endText(_ cells: [SignalCell]) -> String {
    let end = tensor == .activation ? cells.last : cells.first
    return switch end {
    case .log10(let value): SignalCells.label(value, 1)
    case .noSignal: "no signal"
    case .nonFinite: "not finite"
    case nil: ""
    }
  }
}
