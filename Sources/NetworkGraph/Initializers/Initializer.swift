/// A rule that fills a weight or bias tensor: a catalogue entry with its arguments.
///
/// It is described here and sampled by the engine: `law(for:)` says what distribution a tensor of a given shape gets.
public struct Initializer: Sendable {
  public let entry: InitializerEntry
  public let arguments: Arguments

  public init(entry: InitializerEntry, arguments: Arguments) {
    self.entry = entry
    self.arguments = arguments
  }

  /// The distribution that a weight tensor of this shape is drawn from.
  public func law(for shape: WeightShape) -> WeightLaw { entry.law(arguments, shape) }
}

/// One entry of the initializer catalogue.
public struct InitializerEntry: Sendable {
  /// Which framework's meaning the entry has.
  public enum Dialect: String, Sendable, CaseIterable {
    case initscope, torch, keras
  }
  /// Canonical name, with the dialect's prefix where it has one: `he_normal`, `torch.kaiming_uniform`.
  public var name: String
  public var aliases: [String]
  public var dialect: Dialect
  public var parameters: [Parameter]
  /// One sentence for `initscope list initializers`.
  public var summary: String
  /// Variance in plain text, e.g. `2 / fanIn`.
  public var variance: String
  /// Paper and section, or the framework's function.
  public var source: String
  public var law: @Sendable (Arguments, WeightShape) -> WeightLaw

  public init(
    name: String, aliases: [String] = [], dialect: Dialect = .initscope, parameters: [Parameter] = [], summary: String,
    variance: String, source: String, law: @escaping @Sendable (Arguments, WeightShape) -> WeightLaw
  ) {
    self.name = name
    self.aliases = aliases
    self.dialect = dialect
    self.parameters = parameters
    self.summary = summary
    self.variance = variance
    self.source = source
    self.law = law
  }
}
