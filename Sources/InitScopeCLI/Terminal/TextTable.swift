import Rainbow

/// A table of text with aligned columns, coloured cell by cell.
struct TextTable {
  enum Alignment { case left, right }
  struct Column {
    var title: String
    var alignment: Alignment
    init(_ title: String, _ alignment: Alignment = .right) {
      self.title = ConsoleText.printable(title, keepsColor: false)
      self.alignment = alignment
    }
  }
  struct Cell {
    var text: String
    var color: NamedColor?
    init(_ text: String, _ color: NamedColor? = nil) {
      // Written out before it is coloured: codes in a name must not pass for the table's own.
      self.text = ConsoleText.printable(text, keepsColor: false)
      self.color = color
    }
  }

  var columns: [Column]
  /// Blank columns between one column and the next.
  var gap = 2
  private(set) var rows: [[Cell]] = []
  /// Lines across all columns, each with the number of rows that stand above it.
  private var remarks: [(above: Int, text: String)] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ cells: [Cell]) {
    precondition(cells.count == columns.count, "a row has \(columns.count) cells, got \(cells.count)")
    rows.append(cells)
  }

  /// Adds a line that takes no part in the columns' widths: a heading, or what stands for rows that are left out.
  mutating func add(remark text: String) {
    remarks.append((rows.count, ConsoleText.printable(text, keepsColor: false)))
  }

  private var widths: [Int] {
    columns.indices.map { index in
      max(ConsoleText.width(columns[index].title), rows.map { ConsoleText.width($0[index].text) }.max() ?? 0)
    }
  }

  /// The table without columns that hold nothing but "-".
  var withoutEmptyColumns: TextTable {
    let kept = columns.indices.filter { index in !rows.allSatisfy { $0[index].text == "-" } }
    var table = TextTable(kept.map { columns[$0] })
    table.gap = gap
    table.remarks = remarks
    for row in rows { table.add(kept.map { row[$0] }) }
    return table
  }

  /// Columns of the terminal that the longest line takes.
  var width: Int { widths.reduce(0, +) + gap * (columns.count - 1) }

  func render(color: Bool) -> String {
    let widths = widths
    var lines = [line(columns.map { Cell($0.title) }, widths) { cell, text in color ? text.bold : text }]
    for (place, row) in rows.enumerated() {
      lines += remarks.filter { $0.above == place }.map(\.text)
      lines.append(
        line(row, widths) { cell, text in
          guard color, let name = cell.color else { return text }
          return text.applyingColor(name)
        })
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [Cell], _ widths: [Int], style: (Cell, String) -> String) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[index] - ConsoleText.width(cell.text))
      if index > 0 { text += String(repeating: " ", count: gap) }
      let styled = style(cell, cell.text)
      // Nothing follows the last column, so nothing needs to be padded there.
      let last = index == cells.count - 1
      text += columns[index].alignment == .left ? styled + (last ? "" : padding) : padding + styled
    }
    return text
  }

  /// The first of the layouts, from roomy to tight, whose table fits into `columns`; the tightest where none does.
  static func fitting<Layout>(_ columns: Int, _ layouts: [Layout], make: (Layout) -> TextTable) -> TextTable {
    precondition(!layouts.isEmpty, "a table needs a layout")
    var table = make(layouts[0])
    for layout in layouts.dropFirst() where table.width > columns { table = make(layout) }
    return table
  }

  /// Shortens a name to `width` characters, keeping its beginning and end.
  static func fit(_ name: String, _ width: Int) -> String {
    guard name.count > width, width >= 3 else { return name }
    let tail = (width - 1) / 3
    return name.prefix(width - 1 - tail) + "…" + name.suffix(tail)
  }

  /// Shortens a text to `width` characters at its end.
  static func fit(end text: String, _ width: Int) -> String {
    text.count > width && width >= 2 ? text.prefix(width - 1) + "…" : text
  }

  /// Shortens specifications at their ends, `orthogonal(gain…`; in the middle where two of them would become alike.
  static func fit(specifications: [String], _ width: Int) -> [String] {
    let short = specifications.map { fit(end: $0, width) }
    return zip(specifications, short).map { full, own in
      let isAmbiguous = zip(specifications, short).contains { $0 != full && $1 == own }
      return isAmbiguous ? fit(full, width) : own
    }
  }

  /// Shortens a module's path to `width` characters: outer modules go first, since the inner ones tell layers apart.
  static func fit(path: String, _ width: Int) -> String {
    guard path.count > width, width >= 3 else { return path }
    var rest = path[...]
    while let dot = rest.firstIndex(of: ".") {
      rest = rest[rest.index(after: dot)...]
      if rest.count < width { return "…" + rest }
    }
    return fit(path, width)
  }
}
