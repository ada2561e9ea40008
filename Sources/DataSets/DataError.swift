import Spelling

/// An error about a data set: which file, where in it, what is wrong and what to do about it.
///
/// The description reads well after `error: `.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the source as it was given where no file was opened yet.
  public var path: String
  public var position: Position?
  public var message: String
  public var hint: String?

  /// A place within a file.
  public enum Position: Hashable, Sendable {
    /// A byte of the file on disk, counted from 0.
    case byte(Int)
    /// A line of a text file, counted from 1.
    case line(Int)
    /// A cell of a text file, both counted from 1.
    case cell(line: Int, column: Int)
    /// An element of an array, both counted from 0 as NumPy does.
    case element(row: Int, column: Int)
    /// An element of an array with one axis.
    case entry(Int)
  }

  public init(path: String, position: Position? = nil, _ message: String, hint: String? = nil) {
    self.path = path
    self.position = position
    self.message = message
    self.hint = hint
  }

  public var description: String {
    let place = position.map { "\(path), \($0)" } ?? path
    // Text from a file may be anywhere in a message, so all of it is made safe to print.
    return TerminalText.safe("\(place): \(message)" + (hint.map { ". \($0)" } ?? ""))
  }
}

extension DataError.Position: CustomStringConvertible {
  public var description: String {
    switch self {
    case .byte(let offset): "byte \(offset)"
    case .line(let line): "line \(line)"
    case .cell(let line, let column): "line \(line), column \(column)"
    case .element(let row, let column): "element [\(row), \(column)]"
    case .entry(let place): "element [\(place)]"
    }
  }
}
