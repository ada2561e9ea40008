/// Reads numeric comma-separated tables.
///
/// The first line is a header if one of its fields is text that is no number. Every column is a feature, except one that
/// the header names `label`, `target` or `class` (in any case), which holds classes 0, 1, 2, ..., and one that it names
/// `response`, which holds a quantity to predict.
package enum CSVReader {
  private static let labelNames = ["label", "target", "class"]
  private static let responseName = "response"
  /// More classes than any data set of the field; a real-valued target column shows up here.
  static let maximumClass = 65_535

  /// Reads the table at `path`, keeping the first `limit` rows.
  ///
  /// All rows are checked and all labels counted, so that what is refused and how many classes there are does not depend
  /// on the limit.
  ///
  /// - Throws: `DataError` with line and column for a ragged row, a cell that is no finite number, a label that is no class.
  package static func read(path: String, limit: Int? = nil) throws(DataError) -> FeatureTable {
    try read(GzipReader(path: path), limit: limit)
  }

  /// Reads the table that `reader` delivers, from where it stands.
  static func read(_ reader: GzipReader, limit: Int? = nil) throws(DataError) -> FeatureTable {
    precondition(limit ?? 1 > 0, "a limit of \(limit ?? 0) rows")
    let path = reader.path
    var scanner = try CSVScanner(reader)
    guard try scanner.next() else {
      throw DataError(path: path, "is empty", hint: "Write one sample a line, features separated by commas")
    }
    var table = Builder(path: path, firstRecord: scanner, limit: limit)
    try table.checkHeader()
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
    private var labelColumn: Int?
    private var responseColumn: Int?
    private var values: [Float] = []
    private var responses: [Float] = []
    private var labels: [Int] = []
    private var rows = 0
    private var largestLabel = 0

    init(path: String, firstRecord: CSVScanner, limit: Int?) {
      self.path = path
      self.limit = limit ?? .max
      firstLine = firstRecord.line
      columns = firstRecord.ends.count
      let isHeader = (0..<columns).contains { column in
        firstRecord.withField(column) { field in
          let text = trimmed(field)
          return !text.isEmpty && DecimalNumber.parse(text) == nil
        }
      }
      header =
        isHeader
        ? (0..<columns).map { column in firstRecord.withField(column) { String(decoding: trimmed($0), as: UTF8.self) } }
        : nil
    }

    /// Finds the label column.
    mutating func checkHeader() throws(DataError) {
      guard let header else { return }
      let found = header.indices.filter { labelNames.contains(header[$0].lowercased()) }
      guard found.count <= 1 else {
        throw DataError(
          path: path, position: .cell(line: firstLine, column: found[1] + 1),
          "columns \(found.map { "'\(header[$0])'" }.joined(separator: " and ")) both name classes",
          hint: "Keep one column named label, target or class")
      }
      labelColumn = found.first
      let responses = header.indices.filter { header[$0].lowercased() == responseName }
      guard responses.count <= 1 else {
        throw DataError(
          path: path, position: .cell(line: firstLine, column: responses[1] + 1), "is a second column named 'response'",
          hint: "Keep one")
      }
      responseColumn = responses.first
      guard columns > found.count + responses.count else {
        throw DataError(path: path, position: .line(firstLine), "has no features beside '\(header[0])'")
      }
    }

    mutating func append(_ record: borrowing CSVScanner) throws(DataError) {
      guard record.ends.count == columns else {
        throw DataError(
          path: path, position: .line(record.line),
          "has \(counted(record.ends.count, "column")) where line \(firstLine) has \(columns)",
          hint: "Give every row the same number of columns")
      }
      for column in 0..<columns {
        let number = record.withField(column) { DecimalNumber.parse(trimmed($0)) }
        guard let number else { throw notANumber(record, column) }
        if column == labelColumn {
          try append(label: number, record.line, column)
        } else {
          let value = Float(number)
          guard value.isFinite else {
            throw DataError(
              path: path, position: .cell(line: record.line, column: column + 1),
              "\(named(column))is \(value) as a 32-bit float; only finite numbers can be propagated",
              hint: "Replace the value or remove the row")
          }
          guard rows < limit else { continue }
          if column == responseColumn { responses.append(value) } else { values.append(value) }
        }
      }
      guard values.count <= FeatureTable.maximumCells else {
        throw DataError(
          path: path, position: .line(record.line), "the table holds more than \(FeatureTable.maximumCells) numbers",
          hint: "Keep fewer rows")
      }
      rows += 1
    }

    func finish() throws(DataError) -> FeatureTable {
      guard rows > 0 else {
        throw DataError(
          path: path, "has a header and no rows", hint: "Write one sample a line, features separated by commas")
      }
      let features = (0..<columns).filter { $0 != labelColumn && $0 != responseColumn }
      return FeatureTable(
        name: path, values: values, features: features.count,
        featureNames: header.map { header in features.map { header[$0] } },
        labels: labelColumn == nil ? nil : labels, classCount: labelColumn == nil ? nil : largestLabel + 1,
        targets: responseColumn == nil ? nil : responses, totalCount: rows)
    }

    private mutating func append(label: Double, _ line: Int, _ column: Int) throws(DataError) {
      guard let label = Int(exactly: label), (0...maximumClass).contains(label) else {
        throw DataError(
          path: path, position: .cell(line: line, column: column + 1),
          "\(named(column))is \(label), which is no class from 0 to \(maximumClass)",
          hint: "Number the classes 0, 1, 2, ...; rename the column if it is a feature, to response if it is a quantity to "
            + "predict")
      }
      largestLabel = max(largestLabel, label)
      if rows < limit { labels.append(label) }
    }

    private func notANumber(_ record: borrowing CSVScanner, _ column: Int) -> DataError {
      let text = record.withField(column) { String(decoding: trimmed($0).prefix(32), as: UTF8.self) }
      let hint =
        if columns == 1 && text.contains(where: { ";\t ".contains($0) }) {
          "Separate the columns by commas"
        } else if column == labelColumn {
          "Number the classes 0, 1, 2, ..."
        } else if text.isEmpty {
          "Fill the cell or remove the row or column (pandas: to_csv(path, index=False) leaves out the index)"
        } else {
          "Every cell below the header is a number, with a point for decimals"
        }
      return DataError(
        path: path, position: .cell(line: record.line, column: column + 1),
        named(column) + (text.isEmpty ? "is empty" : "is '\(text)', not a number"), hint: hint)
    }

    /// The column's name for a message, with a space behind it.
    private func named(_ column: Int) -> String {
      guard let name = header?[column], !name.isEmpty else { return "" }
      return "'\(name.prefix(32))' "
    }
  }

  /// The field without spaces and tabs around it.
  private static func trimmed(_ field: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    let isContent = { (byte: UInt8) in byte != 0x20 && byte != 0x09 }
    guard let start = field.firstIndex(where: isContent), let end = field.lastIndex(where: isContent) else {
      return UnsafeBufferPointer(rebasing: field[0..<0])
    }
    return UnsafeBufferPointer(rebasing: field[start...end])
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
