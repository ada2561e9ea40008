/// A scalar activation function `f` with its derivative and its behaviour for tiny and huge arguments.
///
/// Equality, hashing and coding go by the canonical specification, `leaky_relu(slope=0.2)`. Only the name of a custom
/// activation is encoded, so two custom activations of the same name are equal, and neither can be decoded.
public struct Activation: Sendable {
  public let entry: ActivationEntry
  public let arguments: Arguments
  /// `f(x)` in Double, accurate to a few units in the last place. Infinities give the limits, NaN gives NaN.
  public let value: @Sendable (Double) -> Double
  /// `f'(x)` in Double, with the same accuracy. At a kink it is the value that PyTorch's backpropagation uses (0 for ReLU).
  public let derivative: @Sendable (Double) -> Double
  public let laws: ActivationLaws

  public init(
    entry: ActivationEntry, arguments: Arguments = Arguments(), laws: ActivationLaws,
    value: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Double) -> Double
  ) {
    self.entry = entry
    self.arguments = arguments
    self.laws = laws
    self.value = value
    self.derivative = derivative
  }
}

extension Activation {
  /// Whether this is the identity, `f(x) = x`.
  public var isIdentity: Bool { entry.name == Activation.identity.entry.name }

  /// Parses an activation: `relu`, `leaky_relu(slope=0.2)`, `elu(0.5)`, `swish`.
  ///
  /// - Throws: ``SpecificationError`` for a malformed text, an unknown name or parameter (with the nearest known one), and a
  ///   value outside its domain.
  public init(parsing text: String) throws(SpecificationError) {
    try self.init(Specification(parsing: text, example: "a name such as relu or leaky_relu(slope=0.2)"))
  }

  /// Makes the activation that a parsed specification names. Throws as ``init(parsing:)`` does.
  public init(_ specification: Specification) throws(SpecificationError) {
    if specification.name == Self.customName {
      throw SpecificationError(
        "`\(specification)` was made from closures in Swift, which no text can name",
        hint: "Build it again with Activation.custom(name:value:derivative:).")
    }
    guard let entry = ActivationCatalogue.entry(named: specification.name) else {
      // Keras and textbooks write it as an activation of the last layer.
      if specification.name.lowercased() == "softmax" {
        throw SpecificationError(
          "softmax is a layer of its own, and no activation",
          hint: "Write the layer `softmax` behind this one, or leave it out: the loss contains one")
      }
      throw .unknown("activation", specification.name, among: ActivationCatalogue.allNames)
    }
    let arguments = try Arguments(resolving: specification, parameters: entry.parameters, entryName: entry.name)
    self = entry.make(arguments)
  }

  /// The canonical specification: the entry's name, and the arguments that are not defaults.
  public var specification: Specification {
    Specification(entryName: entry.name, arguments: arguments, parameters: entry.parameters)
  }
}

extension Activation: CustomStringConvertible {
  /// The canonical specification as text: `leaky_relu(slope=0.2)`.
  public var description: String { specification.description }
}

extension Activation: Hashable {
  public static func == (left: Activation, right: Activation) -> Bool { left.specification == right.specification }
  public func hash(into hasher: inout Hasher) { hasher.combine(specification) }
}

extension Activation: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      try self.init(parsing: container.decode(String.self))
    } catch let error as SpecificationError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
