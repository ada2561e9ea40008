import Spelling

/// Reads comma-separated tables.
///
/// The first line is a header if one of its fields is text that is no number. Every column is a feature, a number or a truth
/// value in each row, except those that hold answers or are left out: `TableColumns` says which, or the header does. A
/// column that it names `label`, `target` or `class` (in any case) holds classes, as numbers 0, 1, 2, ... or as words;
/// several that begin with one of these and `_` hold a one-hot code; one named `response` holds a quantity to predict.
package enum CSVReader {
  /// More classes than any usual data set has. A larger number means a column of real values.
  static let maximumClass = 65_535

  /// Reads the table at `path`, keeping the first `limit` rows.
  ///
  /// All rows are checked and all labels counted, so that what is refused and how many classes there are does not depend
  /// on the limit.
  ///
  /// - Throws: `DataError` with line and column for a ragged row, a cell that is no finite number, a label that is no class.
  package static func read(
    path: String, columns: TableColumns = TableColumns(), limit: Int? = nil
  ) throws(DataError) -> FeatureTable {
    try read(GzipReader(path: path), columns: columns, limit: limit)
  }

  /// Reads the table from `reader`, from its current position.
  static func read(
    _ reader: GzipReader, columns: TableColumns = TableColumns(), limit: Int? = nil
  ) throws(DataError) -> FeatureTable {
    precondition(limit ?? 1 > 0, "a limit of \(limit ?? 0) rows")
    let path = reader.path
    var scanner = try CSVScanner(reader)
    guard try scanner.next() else {
      throw DataError(path: path, "is empty", hint: "Write one sample per line, features separated by commas")
    }
    var table = try Builder(path: path, firstRecord: scanner, declared: columns, limit: limit)
    if table.header == nil { try table.append(scanner) }
    while try scanner.next() { try table.append(scanner) }
    return try table.finish()
  }

  private struct Builder {
    let path: String
    let limit: Int
    let firstLine: Int
    let columns: Int
    let header: [String]?
    private let roles: ColumnRoles
    private var values: [Float] = []
    private var responses: [Float] = []
    private var labels = LabelWords()
    /// The class of each row by its one-hot code; nil once a row was none.
    private var codes: [Int]?
    private var rows = 0

    init(path: String, firstRecord: borrowing CSVScanner, declared: TableColumns, limit: Int?) throws(DataError) {
      self.path = path
      self.limit = limit ?? .max
      firstLine = firstRecord.line
      columns = firstRecord.ends.count
      for column in 0..<columns where firstRecord.withField(column, { $0.contains(0) }) {
        throw DataError(
          path: path, position: .line(firstRecord.line), "holds zero bytes, as text in UTF-16 and binary files do",
          hint: "Save the table as UTF-8")
      }
      // Words are allowed where a number names a column of classes or one that is left out.
      let numbered = Set((declared.labels + declared.leftOut).compactMap { Int($0) }.map { $0 - 1 })
      var isHeader = false
      for column in 0..<columns where !numbered.contains(column) {
        isHeader =
          isHeader
          || firstRecord.withField(column) { field in
            let text = trimmed(field)
            return !text.isEmpty && DecimalNumber.parse(text) == nil && ClassLabels.truth(text) == nil
          }
      }
      var names: [String] = []
      if isHeader {
        for column in 0..<columns {
          let name = firstRecord.withField(column) { String(decoding: trimmed($0), as: UTF8.self) }
          // As pandas names the index that it writes without a name, so that options can name the column.
          names.append(name.isEmpty ? "Unnamed: \(column)" : name)
        }
      }
      header = isHeader ? names : nil
      roles = try ColumnRoles(declared, header: header, count: columns, path: path, line: firstLine)
      codes = roles.codeCandidates.isEmpty ? nil : []
    }

    mutating func append(_ record: borrowing CSVScanner) throws(DataError) {
      guard record.ends.count == columns else {
        throw DataError(
          path: path, position: .line(record.line),
          "has \(counted(record.ends.count, "column")) where line \(firstLine) has \(columns)",
          hint: "Give every row the same number of columns")
      }
      for column in 0..<columns where roles.roles[column] != .leftOut {
        let isLabel = roles.roles[column] == .label && !roles.isCodeDeclared
        let number = record.withField(column) { field -> Double? in
          let text = trimmed(field)
          if let number = DecimalNumber.parse(text) { return number }
          return isLabel ? nil : ClassLabels.truth(text).map { $0 ? 1 : 0 }
        }
        if isLabel {
          try append(label: number, record, column)
          continue
        }
        guard let number else { throw notANumber(record, column) }
        let value = Float(number)
        guard value.isFinite else {
          throw DataError(
            path: path, position: .cell(line: record.line, column: column + 1),
            "\(named(column))is \(value) as a 32-bit float; only finite numbers can be propagated",
            hint: "Replace the value or remove the row")
        }
        guard rows < limit || !roles.codeCandidates.isEmpty else { continue }
        switch roles.roles[column] {
        case .response: if rows < limit { responses.append(value) }
        case .label: try read(code: value, record, column)
        default:
          if codes != nil, roles.codeCandidates.contains(column) { try read(code: value, record, column) }
          if rows < limit { values.append(value) }
        }
      }
      try finishCode(record)
      guard values.count <= FeatureTable.maximumCells else {
        throw DataError(
          path: path, position: .line(record.line), "the table holds more than \(FeatureTable.maximumCells) numbers",
          hint: "Keep fewer rows")
      }
      rows += 1
    }

    /// For the current row: the columns that are 1, and whether all others are 0.
    private var ones: [Int] = []
    private var isCode = true

    private mutating func read(code value: Float, _ record: borrowing CSVScanner, _ column: Int) throws(DataError) {
      if value == 1 {
        ones.append(roles.codeCandidates.firstIndex(of: column) ?? 0)
      } else if value != 0 {
        isCode = false
      }
    }

    private mutating func finishCode(_ record: borrowing CSVScanner) throws(DataError) {
      guard codes != nil else { return }
      if isCode, ones.count == 1 {
        if rows < limit { codes?.append(ones[0]) }
      } else if roles.isCodeDeclared {
        throw DataError(
          path: path, position: .line(record.line),
          "is no one-hot code: \(counted(roles.codeCandidates.count, "column")) of --label-column "
            + "must hold one 1 and else 0",
          hint: "Name the one column that holds the class, or quantities with --response-column")
      } else {
        codes = nil
      }
      ones.removeAll(keepingCapacity: true)
      isCode = true
    }

    func finish() throws(DataError) -> FeatureTable {
      guard rows > 0 else {
        throw DataError(
          path: path, "has a header and no rows", hint: "Write one sample per line, features separated by commas")
      }
      var features = roles.features, values = values
      var classes: (labels: [Int], classCount: Int, names: [String]?)?
      if let codes {
        classes = (codes, roles.codeCandidates.count, roles.codeNames())
        let kept = features.indices.filter { !roles.codeCandidates.contains(features[$0]) }
        if kept.count < features.count {
          let width = features.count
          values = stride(from: 0, to: values.count, by: width).flatMap { row in kept.map { values[row + $0] } }
          features = kept.map { features[$0] }
        }
      } else if roles.roles.contains(.label) {
        classes = labels.finished()
      }
      return FeatureTable(
        name: path, values: values, features: features.count,
        featureNames: header.map { header in features.map { header[$0] } },
        labels: classes?.labels, classCount: classes?.classCount, classNames: classes?.names,
        targets: responses.isEmpty ? nil : responses, totalCount: rows)
    }

    private mutating func append(
      label number: Double?, _ record: borrowing CSVScanner, _ column: Int
    ) throws(DataError) {
      let word = record.withField(column) { TextReader.decode(Array(trimmed($0))) }
      let place = DataError.Position.cell(line: record.line, column: column + 1)
      guard !word.isEmpty else {
        throw DataError(
          path: path, position: place, "\(named(column))is empty", hint: "Give every row a class, or remove it")
      }
      do throws(LabelWords.Problem) {
        try labels.append(word, number: number, keeps: rows < limit)
      } catch {
        switch error {
        case .number(let number):
          throw DataError(
            path: path, position: place, "\(named(column))is \(number), which is no class from 0 to \(maximumClass)",
            hint:
              "Number the classes 0, 1, 2, ...; rename the column if it is a feature, to response if it is a quantity to "
              + "predict (or --response-column)")
        case .mixed(let isNumber):
          throw DataError(
            path: path, position: place,
            "\(named(column))is '\(TerminalText.safe(word, limit: 32))', \(isNumber ? "a number" : "not a number"), where "
              + "rows before hold \(isNumber ? "words" : "numbers")",
            hint: "Write all classes as numbers 0, 1, 2, ... or all as words")
        case .tooMany:
          throw DataError(
            path: path, position: place, "\(named(column))has more than \(maximumClass + 1) different words",
            hint: "Is this the column of classes? Name it with --label-column, leave others out with --leave-out")
        }
      }
    }

    private func notANumber(_ record: borrowing CSVScanner, _ column: Int) -> DataError {
      let text = record.withField(column) { String(decoding: trimmed($0).prefix(32), as: UTF8.self) }
      let name = header.flatMap { $0[column].isEmpty ? nil : TerminalText.safe($0[column], limit: 32) } ?? "\(column + 1)"
      let hint =
        if columns == 1 && text.contains(where: { ";\t ".contains($0) }) {
          "Separate the columns by commas"
        } else if text.isEmpty {
          "Fill the cell or remove the row or column (pandas: to_csv(path, index=False) leaves out the index)"
        } else {
          "Every cell below the header must be a number, with a point for decimals. If the column holds classes, give "
            + "--label-column \(name); leave it out with --leave-out \(name)"
        }
      return DataError(
        path: path, position: .cell(line: record.line, column: column + 1),
        named(column) + (text.isEmpty ? "is empty" : "is '\(TerminalText.safe(text))', not a number"), hint: hint)
    }

    /// The column's name for a message, followed by a space.
    private func named(_ column: Int) -> String {
      guard let name = header?[column], !name.isEmpty else { return "" }
      return "'\(TerminalText.safe(name, limit: 32))' "
    }
  }

  /// The field without surrounding spaces and tabs.
  private static func trimmed(_ field: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    let isContent = { (byte: UInt8) in byte != 0x20 && byte != 0x09 }
    guard let start = field.firstIndex(where: isContent), let end = field.lastIndex(where: isContent) else {
      return UnsafeBufferPointer(rebasing: field[0..<0])
    }
    return UnsafeBufferPointer(rebasing: field[start...end])
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
