/// A specification that names something unknown or gives a value outside its domain.
///
/// The message names the offending text and the remedy; it reads well after `error: `.
public struct SpecificationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  public var hint: String?

  public init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
