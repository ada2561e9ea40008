import Glibc
import NumberText
import WeightAudit

/// All tensors of a file by block: what each has, held against what was declared.
///
/// One row for each name, one column for each block; a cell's colour is the logarithm of the measured deviation over the
/// declared one. Where nothing is declared it is held against the median of its row, and drawn paler. Findings are framed.
public struct WeightFigure: Sendable {
  let report: WeightReport

  /// Makes the figure.
  ///
  /// - Parameter report: What it shows.
  public init(_ report: WeightReport) { self.report = report }

  private static let rowHeight = 22.0
  private static let cell = (least: 14.0, most: 44.0)
  private static let mostRows = 120
  private static let mostColumns = 128
  private static let title = "Weights, measured against declared"

  /// Draws the figure as a PNG.
  ///
  /// - Parameter origin: The program and command that make it.
  /// - Throws: `RenderingError` where a library refuses.
  public func render(_ origin: PictureOrigin) throws(RenderingError) -> [UInt8] {
    try origin.encode(try draw(), title: Self.title, description: report.summary)
  }

  /// A row: a name without its block's number, and its tensors by block.
  struct Row {
    var pattern: String
    var tensors: [(column: Int, tensor: TensorReport)] = []
  }

  /// Rows in the order of the file, and the number of columns; column 0 is for tensors outside of blocks.
  var rows: (rows: [Row], blocks: [Int]) {
    var order: [String] = [], members: [String: Row] = [:]
    let own = report.tensors.filter { $0.entry.type.isFloat && $0.entry.count > 0 }
    let blocks = Array(Set(own.compactMap(\.role.block))).sorted().prefix(Self.mostColumns)
    let places = Dictionary(uniqueKeysWithValues: blocks.enumerated().map { ($1, $0 + 1) })
    for tensor in own {
      guard let column = tensor.role.block.map({ places[$0] }) ?? 0 else { continue }
      if members[tensor.pattern] == nil {
        order.append(tensor.pattern)
        members[tensor.pattern] = Row(pattern: tensor.pattern)
      }
      members[tensor.pattern]?.tensors.append((column, tensor))
    }
    return (order.compactMap { members[$0] }, Array(blocks))
  }

  func draw() throws(RenderingError) -> Canvas {
    let (every, blocks) = rows
    let constant = every.filter(Self.isConstantAsDeclared)
    let all = constant.count > Self.mostConstantRows ? every.filter { !Self.isConstantAsDeclared($0) } : every
    let rows = Array(all.prefix(Self.mostRows))
    let ruler = try Page.ruler()
    let names = rows.map { ruler.width(of: $0.pattern, TextStyle(12)) }.max() ?? 0
    let left = Page.margin + min(max(names, 100), 380) + 12
    let columns = Double(blocks.count + 1)
    let cell = min(Self.cell.most, max(Self.cell.least, 700 / columns))
    let gap = blocks.isEmpty ? 0.0 : 10.0
    let textWidth = 270.0
    let right = left + cell * columns + gap
    let width = max(760, right + textWidth + Page.margin)
    let file = report.file.split(separator: "/").last.map(String.init) ?? report.file
    var lines = ["\(file): \(report.format), \(FigureNumber.grouped(report.tensors.count)) tensors", report.summary]
    if let scheme = report.scheme { lines.insert("Declared by \(scheme.name): \(scheme.summary)", at: 1) }
    if all.count < every.count {
      let tensors = constant.reduce(0) { $0 + $1.tensors.count }
      lines.append(
        "Not drawn: \(FigureNumber.grouped(tensors)) tensors of one value each (zeros or ones), as they should be.")
    }
    if rows.count < all.count {
      lines.append("The first \(rows.count) of \(all.count) names; the JSON document has them all.")
    }
    let page = Page(Self.title, lines: lines, width: width, ruler: ruler)
    let top = page.contentTop + 40
    let bottom = top + Double(rows.count) * Self.rowHeight
    let canvas = try Page.canvas(width: width, height: bottom + 92 + Page.margin)
    page.draw(on: canvas)
    let quiet = TextStyle(12, color: .quiet, tabular: true)
    // Heads of the columns.
    canvas.text("none", at: Point(left + cell / 2, top - 10), TextStyle(11, color: .quiet), anchor: .middle)
    if !blocks.isEmpty {
      canvas.text("block", at: Point(left + cell + gap, top - 26), quiet)
      let step = max(1, Int((30 / cell).rounded(.up)))
      for (place, block) in blocks.enumerated() where place % step == 0 {
        canvas.text("\(block)", at: Point(x(place + 1, left, cell, gap) + cell / 2, top - 10), quiet, anchor: .middle)
      }
    }
    canvas.text("measured", at: Point(right + 78, top - 10), quiet, anchor: .end)
    canvas.text("declared", at: Point(right + 92, top - 10), quiet)
    for (index, row) in rows.enumerated() {
      draw(row, top: top + Double(index) * Self.rowHeight, left: left, right: right, cell: cell, gap: gap, on: canvas)
    }
    legend(at: Point(Page.margin, bottom + 30), width: width - 2 * Page.margin, on: canvas)
    try canvas.check()
    return canvas
  }

  private func x(_ column: Int, _ left: Double, _ cell: Double, _ gap: Double) -> Double {
    left + Double(column) * cell + (column > 0 ? gap : 0)
  }

  private func draw(_ row: Row, top: Double, left: Double, right: Double, cell: Double, gap: Double, on canvas: Canvas) {
    let middle = top + Self.rowHeight / 2
    let style = TextStyle(12)
    canvas.text(
      canvas.fitted(row.pattern, style, to: left - Page.margin - 12), at: Point(left - 8, middle), style, anchor: .end,
      vertical: .middle)
    let deviations = row.tensors.map { $0.tensor.statistics.standardDeviation }.filter { $0.isFinite && $0 > 0 }.sorted()
    let usual = deviations.isEmpty ? nil : deviations[deviations.count / 2]
    // Several tensors of one block, such as experts, share its cell.
    for (column, members) in Dictionary(grouping: row.tensors, by: \.column) {
      let count = Double(members.count), width = (cell - 2) / count
      for (place, member) in members.enumerated() {
        let box = Rectangle(
          x: x(column, left, cell, gap) + 1 + Double(place) * width, y: top + 1, width: max(1, width),
          height: Self.rowHeight - 2)
        draw(member.tensor, box, usual, on: canvas)
      }
    }
    guard let first = row.tensors.first?.tensor else { return }
    let number = TextStyle(12, color: .ink, tabular: true)
    let s = first.statistics
    // One tensor of a row that is no number says more than the others.
    let measured =
      row.tensors.contains { $0.tensor.statistics.nonFinite > 0 }
      ? "not finite"
      : s.isConstant ? "all \(FigureNumber.significant(s.least))" : FigureNumber.significant(s.standardDeviation)
    canvas.text(measured, at: Point(right + 78, middle), number, anchor: .end, vertical: .middle)
    let declared = first.expected.map { $0.law.description } ?? "–"
    canvas.text(
      canvas.fitted(declared, TextStyle(12, color: .quiet), to: 170), at: Point(right + 92, middle),
      TextStyle(12, color: .quiet), vertical: .middle)
  }

  private func draw(_ tensor: TensorReport, _ box: Rectangle, _ usual: Double?, on canvas: Canvas) {
    let s = tensor.statistics
    if s.nonFinite > 0 {
      canvas.fill(box, .nonFinite)
    } else if s.isZero, tensor.expected?.fits != true, tensor.role.kind.isWeight {
      canvas.hatch(box)
    } else {
      let wanted = tensor.expected?.law.variance(rows: s.rows, columns: s.columns).map { $0.squareRoot() }
      let reference = wanted ?? usual
      var color = Color.absent
      if s.isConstant {
        color = tensor.expected.map { DivergingMap.color(at: $0.fits ? 0 : 1) } ?? .absent
      } else if let reference, reference > 0, s.standardDeviation > 0 {
        // A factor of four to either side reaches the end of the scale.
        color = DivergingMap.color(at: log2(s.standardDeviation / reference) / 2)
      }
      canvas.fill(box, tensor.expected == nil ? color.opacity(0.45) : color)
      canvas.stroke(box, .grid)
    }
    if let severity = tensor.severity, severity != .note {
      canvas.stroke(box.inset(by: 0.5), severity == .error ? Color(0xb42318) : Color(0xb7791f), width: 2)
    }
  }

  /// Rows of constants that a picture shows; gains and biases of large models have hundreds.
  private static let mostConstantRows = 8

  /// Whether all tensors of the row are constants that nothing speaks against.
  private static func isConstantAsDeclared(_ row: Row) -> Bool {
    row.tensors.allSatisfy { _, tensor in
      tensor.statistics.isConstant && [0, 1].contains(tensor.statistics.least) && tensor.severity == nil
        && tensor.expected?.fits != false
    }
  }

  private func legend(at origin: Point, width room: Double, on canvas: Canvas) {
    let style = TextStyle(12, color: .quiet, tabular: true)
    let width = 240.0
    for step in 0..<60 {
      let t = (Double(step) + 0.5) / 60
      canvas.fill(
        Rectangle(x: origin.x + Double(step) * width / 60, y: origin.y, width: width / 60 + 0.5, height: 12),
        DivergingMap.color(at: 2 * t - 1))
    }
    for (t, label) in [(0.0, "¼"), (0.25, "½"), (0.5, "1"), (0.75, "2"), (1.0, "4")] {
      canvas.text(label, at: Point(origin.x + t * width, origin.y + 18), style, anchor: .middle, vertical: .top)
    }
    let lines = [
      "color: measured deviation divided by the declared one. Pale: nothing is declared, and the median of the row takes "
        + "its place.",
      "framed red: an error, ochre: a warning. Hatched: zero. Black: not finite.",
    ].flatMap { canvas.wrapped($0, style, to: room, lines: 2) }
    for (place, line) in lines.enumerated() {
      canvas.text(line, at: Point(origin.x, origin.y + 40 + 16 * Double(place)), style, vertical: .top)
    }
  }
}
