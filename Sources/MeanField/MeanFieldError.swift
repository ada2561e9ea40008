/// An error for a quantity that theory cannot give: what was asked, why it has no value, and what to ask instead.
///
/// The description reads well after `error: `. A network that diverges is an answer, not an error.
public struct MeanFieldError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, for callers that treat cases differently.
  public enum Kind: String, Hashable, Sendable {
    /// An argument outside its domain: a negative variance, a correlation beyond ±1, a layer of no units.
    case argument
    /// The activation, or a moment of it, is not finite somewhere in the normal distribution's range.
    case overflow
    /// The integral did not converge: the integrand oscillates or jumps too often.
    case quadrature
    /// There is no fixed point, and the question was about one.
    case noFixedPoint
  }

  public var kind: Kind
  public var message: String
  /// The remedy, as a sentence of its own.
  public var hint: String?

  public init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}

extension MeanFieldError {
  /// Checks that a variance is finite and not negative.
  static func checkVariance(_ value: Double, _ name: String) throws(MeanFieldError) {
    guard value >= 0, value.isFinite else {
      throw MeanFieldError(.argument, "the \(name) is \(value)", hint: "It must be a finite number, zero or more.")
    }
  }
}
