/// An error in a network file or bounds file: where, why, and the remedy.
public struct NetworkFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  /// Line and column, from 1.
  public var line: Int?
  public var column: Int?
  public var message: String
  public var hint: String?

  package init(path: String, line: Int? = nil, column: Int? = nil, _ message: String, hint: String? = nil) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
    self.hint = hint
  }

  public var description: String {
    let place = line.map { ":\($0)" + (column.map { ":\($0)" } ?? "") } ?? ""
    return "\(path)\(place): \(message)" + (hint.map { ". \($0)" } ?? "")
  }
}
