import Spelling

/// What each column of a table holds: a feature, a class, a quantity, or nothing of use.
struct ColumnRoles {
  enum Role: Equatable { case feature, label, response, leftOut }

  private(set) var roles: [Role]
  /// Columns that may be a one-hot code: they are one if every row says so, and features otherwise.
  private(set) var codeCandidates: [Int] = []
  /// Whether a one-hot code was asked for, so that a row that is none is an error.
  private(set) var isCodeDeclared = false
  private let header: [String]?
  private let path: String
  private let line: Int

  var labelColumns: [Int] { roles.indices.filter { roles[$0] == .label } }
  var features: [Int] { roles.indices.filter { roles[$0] == .feature } }

  /// Assigns a role to each column.
  ///
  /// - Parameter line: The header's line, for errors.
  init(_ columns: TableColumns, header: [String]?, count: Int, path: String, line: Int) throws(DataError) {
    (self.header, self.path, self.line) = (header, path, line)
    roles = Array(repeating: .feature, count: count)
    for name in columns.leftOut {
      for column in try places(of: name, "--leave-out") { roles[column] = .leftOut }
    }
    try give(.response, to: columns.responses, "--response-column")
    try give(.label, to: columns.labels, "--label-column")
    if columns.labels.count > 1 {
      codeCandidates = labelColumns
      isCodeDeclared = true
    }
    try recognize(columns)
    guard roles.contains(.feature) else {
      throw DataError(
        path: path, position: .line(line), "has no features beside '\(TerminalText.safe(header?.first ?? "1", limit: 32))'")
    }
    // A header that codes its classes in several columns leaves no feature only where all columns do.
    if !isCodeDeclared, codeCandidates.count == features.count { codeCandidates = [] }
  }

  private mutating func give(_ role: Role, to names: [String], _ option: String) throws(DataError) {
    for name in names {
      let found = try places(of: name, option)
      guard found.count == 1, roles[found[0]] == .feature else {
        throw DataError(
          path: path, position: .line(line),
          found.count > 1
            ? "has \(found.count) columns '\(shown(name))'" : "the column '\(shown(name))' is named by two options",
          hint: found.count > 1 ? "Give the column's number, counted from 1" : "Name each column once")
      }
      roles[found[0]] = role
    }
  }

  /// Finds the columns whose names say what they hold.
  private mutating func recognize(_ columns: TableColumns) throws(DataError) {
    guard let header else { return }
    let free = header.indices.filter { roles[$0] == .feature }
    let responses = free.filter { header[$0].lowercased() == FeatureColumns.responseName }
    if columns.responses.isEmpty {
      guard responses.count <= 1 else {
        throw DataError(
          path: path, position: .cell(line: line, column: responses[1] + 1), "is a second column named 'response'",
          hint: "Keep one")
      }
      for column in responses { roles[column] = .response }
    }
    let found = free.filter { FeatureColumns.labelNames.contains(header[$0].lowercased()) }
    if columns.labels.isEmpty {
      guard found.count <= 1 else {
        throw DataError(
          path: path, position: .cell(line: line, column: found[1] + 1),
          "columns \(found.map { "'\(header[$0])'" }.joined(separator: " and ")) both name classes",
          hint: "Keep one column named label, target or class, or choose with --label-column \(shown(header[found[0]])) "
            + "--leave-out \(shown(header[found[1]]))")
      }
      if let column = found.first {
        roles[column] = .label
      } else {
        codeCandidates =
          FeatureColumns.labelNames.map { name in
            free.filter { header[$0].lowercased().hasPrefix("\(name)_") }
          }.first { $0.count > 1 } ?? []
      }
    } else if let column = found.first {
      throw DataError(
        path: path, position: .cell(line: line, column: column + 1),
        "'\(shown(header[column]))' names classes beside --label-column \(shown(columns.labels[0]))",
        hint: "Leave it out (--leave-out \(shown(header[column]))), or rename it if it is a feature")
    }
  }

  /// Finds the columns with that name, or with that number from 1.
  private func places(of name: String, _ option: String) throws(DataError) -> [Int] {
    if let header {
      let exact = header.indices.filter { header[$0] == name }
      if !exact.isEmpty { return exact }
      let folded = header.indices.filter { header[$0].lowercased() == name.lowercased() }
      if !folded.isEmpty { return folded }
    }
    if let number = Int(name), (1...roles.count).contains(number) { return [number - 1] }
    let nearest = header.flatMap { nearestName(to: name, among: $0) }.map { "Did you mean '\(shown($0))'? " } ?? ""
    let known = header.map { names in
      "Columns: " + names.prefix(20).map(shown).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
    }
    throw DataError(
      path: path, position: .line(line), "has no column '\(shown(name))' (\(option))",
      hint: nearest + (known ?? "Without a header, give a column's number from 1 to \(roles.count)"))
  }

  private func shown(_ name: String) -> String { TerminalText.safe(name, limit: 32) }

  /// The class names in a one-hot code's column names: the part that they do not share.
  func codeNames() -> [String]? {
    guard let header else { return nil }
    let names = codeCandidates.map { header[$0] }
    guard !isCodeDeclared, let first = names.first, let end = first.firstIndex(of: "_") else { return names }
    let start = first.distance(from: first.startIndex, to: end) + 1
    return names.map { String($0.dropFirst(start)) }
  }
}
