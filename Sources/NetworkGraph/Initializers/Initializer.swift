/// A rule that fills a weight or bias tensor with initial values, such as `he_normal` or `orthogonal(gain=1.4142)`.
///
/// It is described here and sampled elsewhere: `law(for:)` says what distribution a tensor of a given shape gets.
/// Equality, hashing and coding go by the canonical specification, ``description``: `he_normal(mode=fan_out)`.
public struct Initializer: Sendable {
  public let entry: InitializerEntry
  public let arguments: Arguments

  /// Makes an initializer from an entry and complete arguments. Arguments outside their domains are a bug of the caller.
  public init(entry: InitializerEntry, arguments: Arguments) {
    if let problem = entry.problem(in: arguments) { preconditionFailure(problem.description) }
    self.entry = entry
    self.arguments = arguments
  }

  /// Makes an initializer from an entry and some arguments; the others take their defaults. A value outside its domain is a
  /// bug of the caller.
  public init(_ entry: InitializerEntry, numbers: [String: Double] = [:], choices: [String: String] = [:]) {
    var arguments = Arguments(defaultsOf: entry.parameters)
    arguments.numbers.merge(numbers) { $1 }
    arguments.choices.merge(choices) { $1 }
    self.init(entry: entry, arguments: arguments)
  }

  /// The distribution from which weights of this shape (or its bias) are drawn.
  public func law(for shape: WeightShape) -> WeightLaw { entry.law(arguments, shape) }

  /// The distribution from which this tensor is drawn. PyTorch's and Keras's initializers depend on how the library stores
  /// the tensor.
  public func law(for tensor: ParameterTensor) -> WeightLaw { entry.tensorLaw(arguments, tensor) }

  /// The canonical specification: the entry's name and the arguments that are not defaults.
  public var specification: Specification {
    Specification(entryName: entry.name, arguments: arguments, parameters: entry.parameters)
  }
}

extension Initializer: CustomStringConvertible {
  public var description: String { specification.description }
}

extension Initializer: Hashable {
  public static func == (first: Initializer, second: Initializer) -> Bool { first.specification == second.specification }
  public func hash(into hasher: inout Hasher) { hasher.combine(specification) }
}

extension Initializer: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do throws(SpecificationError) {
      self = try InitializerCatalogue.all.initializer(for: Specification(parsing: text))
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

// MARK: - Reading specifications

extension Initializer {
  /// Parses a weight initializer: `he_normal`, `variance_scaling(scale=2.25,mode=fan_in,distribution=normal)`,
  /// `torch.kaiming_uniform(a=2.236)`.
  ///
  /// - Throws: ``SpecificationError`` for a malformed text, an unknown name or parameter (with the nearest one), or a value
  ///   outside its domain.
  public init(parsing text: String) throws(SpecificationError) {
    self = try InitializerCatalogue.weights.initializer(for: Specification(parsing: text), written: text)
  }

  /// Parses a bias initializer: `zeros`, `constant(0.1)`, `normal(std=0.05)`, `torch.linear_bias`.
  public init(parsingBias text: String) throws(SpecificationError) {
    self = try InitializerCatalogue.biases.initializer(for: Specification(parsing: text), written: text)
  }

  /// Parses weight initializers separated by commas; commas inside parentheses belong to a specification.
  public static func list(parsing text: String) throws(SpecificationError) -> [Initializer] {
    var initializers: [Initializer] = []
    for specification in try Specification.list(parsing: text) {
      initializers.append(try InitializerCatalogue.weights.initializer(for: specification, written: text))
    }
    return initializers
  }
}
