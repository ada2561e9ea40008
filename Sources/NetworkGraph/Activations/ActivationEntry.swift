/// One entry of the activation catalogue: names, parameters, prose, and how to build the activation from arguments.
public struct ActivationEntry: Sendable {
  public var name: String
  public var aliases: [String]
  public var parameters: [Parameter]
  /// One sentence for `initscope list activations`.
  public var summary: String
  /// The formula in plain text, e.g. `max(0, x)`.
  public var formula: String
  /// Where it is defined: paper and section.
  public var source: String
  /// Builds the activation from arguments that are complete and within their domains.
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

  /// The activation with these numbers, all that the entry declares; one outside its domain is the caller's bug.
  func activation(_ numbers: [String: Double] = [:]) -> Activation {
    for parameter in parameters {
      guard case .number(_, let range) = parameter.kind, let number = numbers[parameter.name] else { continue }
      precondition(range.contains(number), "\(name): \(parameter.name) is \(number), it must be \(parameter.domain)")
    }
    return make(Arguments(numbers: numbers))
  }
}
