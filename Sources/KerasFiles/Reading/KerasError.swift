/// An error in a Keras model or its weights: where, why, and the remedy.
public struct KerasError: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var message: String
  public var hint: String?

  package init(path: String, _ message: String, hint: String? = nil) {
    self.path = path
    self.message = message
    self.hint = hint
  }

  public var description: String { "\(path): \(message)" + (hint.map { ". \($0)" } ?? "") }
}

/// Why one layer of a Keras model cannot be taken over.
enum KerasStop: Error {
  /// It has no counterpart here, for this reason.
  case problem(String)
  /// A layer before it could not be taken over, so that its input is not known. This is no fault of the layer's own.
  case unknownInput
}
