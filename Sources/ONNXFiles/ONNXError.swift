import Spelling

/// An error about an ONNX file: which file, where in it, what is wrong and what to do about it.
///
/// The description reads well after `error: `.
public struct ONNXError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The model's file.
  public var path: String
  /// A byte of the file, counted from 0.
  public var offset: Int?
  /// The place in the model, such as `graph.node[3].attribute[0].t`.
  public var field: String?
  public var message: String
  public var hint: String?

  package init(path: String, offset: Int? = nil, field: String? = nil, _ message: String, hint: String? = nil) {
    (self.path, self.offset, self.field, self.message, self.hint) = (path, offset, field, message, hint)
  }

  public var description: String {
    var place = path
    if let offset { place += ", byte \(offset)" }
    if let field { place += ", \(field)" }
    // Names from a file may be anywhere in a message, so all of it is made safe to print.
    return TerminalText.safe("\(place): \(message)" + (hint.map { ". \($0)" } ?? ""), limit: 4000)
  }
}
