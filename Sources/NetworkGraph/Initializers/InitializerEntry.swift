/// A catalogue entry for one initializer: names, parameters, description, and the law that it gives a tensor.
public struct InitializerEntry: Sendable {
  /// The framework whose meaning the entry has.
  public enum Dialect: String, Sendable, Hashable, CaseIterable {
    case initscope, torch, keras
  }

  /// Where the values come from.
  public enum Origin: Sendable, Hashable {
    /// They are drawn, or computed from data.
    case drawn
    /// As a model's file declares them, layer by layer (`keras`).
    case declared
    /// They are the weights that a file holds (`file`).
    case file
  }

  /// The canonical name, with the framework's prefix where it has one: `he_normal`, `torch.kaiming_uniform`.
  public var name: String
  /// Other names, with the same prefix.
  public var aliases: [String]
  public var dialect: Dialect
  public var parameters: [Parameter]
  /// One sentence for `initscope list initializers`.
  public var summary: String
  /// Variance of one weight in plain text, e.g. `2 / fanIn`.
  public var variance: String
  /// The shape of the distribution in plain text, e.g. `normal`.
  public var distribution: String
  /// The paper and section, or the framework's function.
  public var source: String
  /// Checks conditions between several arguments: the error where they conflict, else nil.
  public var conflict: @Sendable (Arguments) -> SpecificationError?
  /// The part of the law that depends on a tensor's place in the network; nil for most initializers.
  public var depthAware: DepthAwareScheme?
  /// The law of one tensor, given the arguments.
  public var tensorLaw: @Sendable (Arguments, ParameterTensor) -> WeightLaw
  /// Whether the entry fills every tensor of every layer as its library does: also biases, and recurrent weights that name
  /// no initializer.
  public var fillsEveryTensor: Bool
  /// Whether the entry draws weights, or stands for what a model's file says of each layer.
  public var origin: Origin

  public init(
    name: String, aliases: [String] = [], dialect: Dialect = .initscope, parameters: [Parameter] = [], summary: String,
    variance: String, distribution: String, source: String,
    conflict: @escaping @Sendable (Arguments) -> SpecificationError? = { _ in nil },
    depthAware: DepthAwareScheme? = nil, fillsEveryTensor: Bool = false, origin: Origin = .drawn,
    law: @escaping @Sendable (Arguments, ParameterTensor) -> WeightLaw
  ) {
    self.name = name
    self.aliases = aliases
    self.dialect = dialect
    self.parameters = parameters
    self.summary = summary
    self.variance = variance
    self.distribution = distribution
    self.source = source
    self.conflict = conflict
    self.depthAware = depthAware
    self.fillsEveryTensor = fillsEveryTensor
    self.origin = origin
    tensorLaw = law
  }

  /// Whether the initializer speaks of a whole network, so that no layer can name it for its own weights.
  public var isOfWholeNetwork: Bool { depthAware != nil || origin != .drawn }

  /// The law of the weights of a linear map or convolution of that shape.
  public func law(_ arguments: Arguments, _ shape: WeightShape) -> WeightLaw {
    tensorLaw(arguments, ParameterTensor(weightsOf: shape))
  }

  /// What is wrong with these arguments (one is missing or outside its domain, or they conflict); nil where nothing is.
  func problem(in arguments: Arguments) -> SpecificationError? {
    let known = Set(parameters.map(\.name))
    if let stray = arguments.numbers.keys.first(where: { !known.contains($0) })
      ?? arguments.choices.keys.first(where: { !known.contains($0) })
    {
      return SpecificationError("\(name) has no parameter `\(stray)`")
    }
    for parameter in parameters where !parameter.admits(arguments) {
      let value = arguments.numbers[parameter.name].map { "\($0)" } ?? arguments.choices[parameter.name] ?? "missing"
      return SpecificationError("\(name): \(parameter.name) is \(value)", hint: "It must be \(parameter.domain).")
    }
    return conflict(arguments)
  }
}

extension Parameter {
  fileprivate func admits(_ arguments: Arguments) -> Bool {
    switch kind {
    case .number(_, let range):
      arguments.numbers[name].map { $0.isFinite && range.contains($0) && Parameter.isComputable($0) } ?? false
    case .integer(_, let range): arguments.numbers[name].flatMap(Int.init(exactly:)).map(range.contains) ?? false
    case .choice(_, let words): arguments.choices[name].map(words.contains) ?? false
    case .version: arguments.choices[name].map { LibraryVersion($0) != nil } ?? false
    }
  }
}
