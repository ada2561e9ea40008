import NetworkGraph

/// One entry of a small catalogue from which the command line chooses, such as an optimizer or a schedule.
public struct ChoiceEntry: Sendable {
  public var name: String
  public var parameters: [Parameter]
  public var summary: String

  public init(name: String, parameters: [Parameter], summary: String) {
    self.name = name
    self.parameters = parameters
    self.summary = summary
  }
}

/// A value that is written as a specification, such as `sgd(lr=0.01,momentum=0.9)`.
public protocol Choice: Sendable, Hashable, CustomStringConvertible {
  /// What the catalogue holds, as error messages call it: `optimizer`.
  static var title: String { get }
  static var catalogue: [ChoiceEntry] { get }
  var name: String { get }
  var arguments: Arguments { get }
  init(name: String, arguments: Arguments)
}

extension Choice {
  /// Parses a specification. Throws `SpecificationError` for an unknown name or parameter and a value outside its domain.
  public init(parsing text: String) throws(SpecificationError) {
    let specification = try Specification(parsing: text, example: Self.examples(text))
    guard let entry = Self.catalogue.first(where: { $0.name == specification.name }) else {
      throw .unknown(Self.title, specification.name, among: Self.catalogue.map(\.name))
    }
    self.init(
      name: entry.name,
      arguments: try Arguments(resolving: specification, parameters: entry.parameters, entryName: entry.name))
  }

  /// `norm(limit=1) or value(limit=1)`: what may have been meant by a number alone.
  private static func examples(_ text: String) -> String {
    let number = Double(text.filter { !$0.isWhitespace }).map { _ in text.filter { !$0.isWhitespace } }
    let all = catalogue.map { entry in
      guard let first = entry.parameters.first else { return entry.name }
      return number.map { "\(entry.name)(\(first.name)=\($0))" } ?? entry.name
    }
    return all.count > 1 ? all.dropLast().joined(separator: ", ") + " or " + all[all.count - 1] : all.joined()
  }

  /// Makes a value with the given numbers and the entry's defaults for the others. An unknown name, or a value outside its
  /// domain, is a bug of the caller.
  static func make(_ name: String, _ numbers: [String: Double] = [:], _ choices: [String: String] = [:]) -> Self {
    guard let entry = catalogue.first(where: { $0.name == name }) else { preconditionFailure("no \(title) \(name)") }
    var arguments = Arguments(defaultsOf: entry.parameters)
    for (key, value) in numbers {
      precondition(arguments.numbers[key] != nil && value.isFinite, "\(name): \(key) = \(value)")
      arguments.numbers[key] = value
    }
    for (key, value) in choices { arguments.choices[key] = value }
    return Self(name: name, arguments: arguments)
  }

  /// The canonical specification.
  public var description: String {
    guard let entry = Self.catalogue.first(where: { $0.name == name }) else { return name }
    return Specification(entryName: name, arguments: arguments, parameters: entry.parameters).description
  }
}
