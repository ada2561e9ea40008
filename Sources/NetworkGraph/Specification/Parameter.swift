import NumberText

/// Describes one parameter of a catalogue entry: its name, its domain and its default.
public struct Parameter: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A finite number within the closed range. An infinite end does not bound; `Double.leastNonzeroMagnitude` as the lower
    /// end reads "greater than 0".
    case number(default: Double, in: ClosedRange<Double>)
    /// A whole number within the closed range, stored among the numbers. `Int.max` as the upper end does not bound.
    case integer(default: Int, in: ClosedRange<Int>)
    /// One of the listed words.
    case choice(default: String, of: [String])
    /// A library's version, such as 3.15, stored among the words.
    case version(default: String)
  }
  public var name: String
  public var kind: Kind
  public var meaning: String

  public init(_ name: String, _ kind: Kind, _ meaning: String) {
    self.name = name
    self.kind = kind
    self.meaning = meaning
  }
}

extension Parameter {
  /// Whether a number is 0 or at least 1e-100 in magnitude, so that products of two such numbers are normal Doubles.
  /// (Workers take subnormal numbers for 0, which would part them from what was checked.)
  static func isComputable(_ number: Double) -> Bool { number == 0 || number.magnitude >= 1e-100 }

  /// Whether the text of a number that was read as 0 says 0, and not a number that is too small for Double.
  static func writesZero(_ text: String) -> Bool {
    !text.prefix { $0 != "e" && $0 != "E" && $0 != "p" && $0 != "P" }.contains { ("1"..."9").contains($0) }
  }

  /// The default as a specification writes it.
  public var defaultText: String {
    switch kind {
    case .number(let value, _): exactNumber(value)
    case .integer(let value, _): "\(value)"
    case .choice(let word, _), .version(let word): word
    }
  }

  /// The allowed values, to read after "must be": `between 0 and 1`, `greater than 0`, `fan_in or fan_out`.
  public var domain: String {
    switch kind {
    case .number(_, let range):
      switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
      case (false, false): "a finite number"
      case (false, true): "at most \(exactNumber(range.upperBound))"
      case (true, false) where range.lowerBound == .leastNonzeroMagnitude: "greater than 0"
      case (true, false): "at least \(exactNumber(range.lowerBound))"
      case (true, true) where range.lowerBound == .leastNonzeroMagnitude:
        "greater than 0 and at most \(exactNumber(range.upperBound))"
      case (true, true): "between \(exactNumber(range.lowerBound)) and \(exactNumber(range.upperBound))"
      }
    case .integer(_, let range):
      range.upperBound == .max
        ? "a whole number of at least \(range.lowerBound)"
        : "a whole number between \(range.lowerBound) and \(range.upperBound)"
    case .version: "a version such as 3.15 or 3.14.1"
    case .choice(_, let words):
      words.count > 1 ? words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1] : words.joined()
    }
  }
}
