/// A parsed specification such as `he_normal`, `orthogonal(gain=1.4142)` or `torch.kaiming_uniform(a=2.236)`.
///
/// The grammar is `name` or `name(key=value,...)`, or `name(value)` where the entry has one leading parameter. Names are
/// folded to lower case with `-` read as `_`, and one trailing `_` (PyTorch's in-place mark) is dropped.
public struct Specification: Hashable, Sendable {
  public var name: String
  /// Arguments in the order written; a positional one has an empty key.
  public var arguments: [Argument]

  public struct Argument: Hashable, Sendable {
    public var key: String
    public var value: String
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(name: String, arguments: [Argument] = []) {
    self.name = name
    self.arguments = arguments
  }
}

/// One parameter of a catalogue entry, with the default that stands where a specification does not name it.
public struct Parameter: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A finite number within the closed range.
    case number(default: Double, in: ClosedRange<Double>)
    /// One of the listed words.
    case choice(default: String, of: [String])
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

/// The arguments of one catalogue entry, complete and within their domains.
public struct Arguments: Hashable, Sendable {
  public var numbers: [String: Double]
  public var choices: [String: String]

  public init(numbers: [String: Double] = [:], choices: [String: String] = [:]) {
    self.numbers = numbers
    self.choices = choices
  }

  /// The number of that name; naming one that the entry does not declare is the caller's bug.
  public func number(_ name: String) -> Double {
    guard let value = numbers[name] else { preconditionFailure("no numeric argument \(name) among \(numbers.keys.sorted())") }
    return value
  }

  /// The word of that name; naming one that the entry does not declare is the caller's bug.
  public func choice(_ name: String) -> String {
    guard let value = choices[name] else { preconditionFailure("no choice \(name) among \(choices.keys.sorted())") }
    return value
  }
}
