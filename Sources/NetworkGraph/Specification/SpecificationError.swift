import Spelling

/// An error in a specification: an unknown name, or a value outside its domain.
///
/// The message names the offending text and the remedy; it reads well after `error: `.
public struct SpecificationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String
  /// The remedy, as a sentence of its own.
  public var hint: String?

  public init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}

extension SpecificationError {
  /// Makes the error for a name that a catalogue does not have, with the nearest known name.
  ///
  /// `kind` is what the catalogue holds, in the singular: `activation`, `initializer`. Without a near name the error says
  /// which command lists the catalogue, or lists a small one that no command lists.
  public static func unknown(_ kind: String, _ name: String, among names: [String]) -> SpecificationError {
    let all =
      listed.contains(kind) ? "`initscope list \(kind)s` names all of them." : "Known: \(names.joined(separator: ", "))."
    return SpecificationError(
      "there is no \(kind) `\(name)`", hint: nearestName(to: name, among: names).map { "Did you mean `\($0)`?" } ?? all)
  }

  /// Catalogues that `initscope list` prints.
  private static let listed: Set<String> = ["initializer", "activation", "layer", "preset"]
}
