/// A catalogue entry for one activation: names, parameters, description, and a function that makes it from arguments.
public struct ActivationEntry: Sendable {
  public var name: String
  public var aliases: [String]
  public var parameters: [Parameter]
  /// One sentence for `initscope list activations`.
  public var summary: String
  /// The formula in plain text, e.g. `max(0, x)`.
  public var formula: String
  /// The paper and section that define it.
  public var source: String
  /// Makes the activation from complete arguments that are within their domains.
  public var make: @Sendable (Arguments) -> Activation

  public init(
    name: String, aliases: [String] = [], parameters: [Parameter] = [], summary: String, formula: String, source: String,
    make: @escaping @Sendable (Arguments) -> Activation
  ) {
    self.name = name
    self.aliases = aliases
    self.parameters = parameters
    self.summary = summary
    self.formula = formula
    self.source = source
    self.make = make
  }

  /// Makes the activation with these numbers for all of the entry's parameters. A number outside its domain is a bug of the
  /// caller.
  func activation(_ numbers: [String: Double] = [:]) -> Activation {
    for parameter in parameters {
      guard case .number(_, let range) = parameter.kind, let number = numbers[parameter.name] else { continue }
      precondition(range.contains(number), "\(name): \(parameter.name) is \(number), it must be \(parameter.domain)")
    }
    return make(Arguments(numbers: numbers))
  }
}
