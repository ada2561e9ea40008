import Spelling

/// A list of initializers that can be looked up by name, in the order in which `initscope list initializers` shows them.
public struct InitializerCatalogue: Sendable {
  public let entries: [InitializerEntry]
  /// What the entries fill, as error messages call it: `initializer`, `bias initializer`.
  private let kind: String
  private let indexByKey: [String: Int]

  init(kind: String, entries: [InitializerEntry]) {
    self.kind = kind
    self.entries = entries
    var index: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      for name in [entry.name] + entry.aliases {
        let previous = index.updateValue(position, forKey: Self.key(name))
        precondition(previous == nil || previous == position, "two initializers are called \(name)")
      }
    }
    indexByKey = index
  }

  public func entries(of dialect: InitializerEntry.Dialect) -> [InitializerEntry] {
    entries.filter { $0.dialect == dialect }
  }

  /// Finds the entry with that name or alias; nil where there is none.
  ///
  /// Case, hyphens, underscores and a framework's module path do not count: `HeNormal`, `he-normal`,
  /// `torch.nn.init.kaiming_normal_` and `tf.keras.initializers.HeNormal` are found.
  public func entry(named name: String) -> InitializerEntry? {
    indexByKey[Self.key(name)].map { entries[$0] }
  }

  /// Makes the initializer that a parsed specification names.
  ///
  /// - Parameters:
  ///   - specification: The name and its arguments.
  ///   - written: The text that it was parsed from, so that an error shows a name as it was written.
  /// - Throws: ``SpecificationError`` for an unknown name or parameter (with the nearest one) or a value outside its domain.
  public func initializer(
    for specification: Specification, written: String = ""
  ) throws(SpecificationError) -> Initializer {
    guard let entry = entry(named: specification.name) else {
      throw unknown(Self.name(specification.name, in: written))
    }
    let arguments = try Arguments(resolving: specification, parameters: entry.parameters, entryName: entry.name)
    if let conflict = entry.conflict(arguments) { throw conflict }
    return Initializer(entry: entry, arguments: arguments)
  }

  /// The name with the letters that the text has for it.
  private static func name(_ folded: String, in written: String) -> String {
    written.split { ",() ".contains($0) }.map(String.init).first { Specification.folded($0) == folded } ?? folded
  }

  /// The error for an unknown name: to which library it belongs, or which known name is nearest.
  private func unknown(_ name: String) -> SpecificationError {
    if let foreign = ForeignInitializer.pointer(for: name) { return foreign }
    guard self.kind == Self.biasKind else {
      if Self.biases.entry(named: name) != nil {
        return SpecificationError(
          "`\(name)` fills biases, gains and shifts, not weights", hint: "Write it as a layer's bias: `bias: \(name)`")
      }
      if let near = Self.relatives(of: name, among: entries) { return near }
      return .unknown(kind, name, among: entries.flatMap { [$0.name] + $0.aliases })
    }
    let names = entries.map(\.name)
    if let entry = Self.weights.entry(named: name) {
      return SpecificationError(
        "there is no bias initializer `\(name)`: \(entry.name) needs a matrix",
        hint: "A bias, gain or shift takes one of \(names.joined(separator: ", "))")
    }
    return SpecificationError(
      "there is no bias initializer `\(name)`",
      hint: nearestName(to: name, among: entries.flatMap { [$0.name] + $0.aliases }).map { "Did you mean `\($0)`?" }
        ?? "A bias, gain or shift takes one of \(names.joined(separator: ", "))")
  }

  /// The error for a name that begins as a library's do: the nearest of that library, or else all of them.
  private static func relatives(of name: String, among entries: [InitializerEntry]) -> SpecificationError? {
    let folded = Specification.folded(name)
    guard let prefix = ["keras.", "torch."].first(where: folded.hasPrefix) else { return nil }
    let names = entries.map(\.name).filter { $0.hasPrefix(prefix) }
    return SpecificationError(
      "there is no initializer `\(name)`",
      hint: nearestName(to: folded, among: names).map { "Did you mean `\($0)`?" }
        ?? "Names that begin so: \(names.joined(separator: ", ")).")
  }

  private static let biasKind = "bias initializer"

  /// Folds a name to the form in which look-ups compare names.
  private static func key(_ name: String) -> String {
    var name = Specification.folded(name)
    for (path, prefix) in [
      ("torch.nn.init.", "torch."), ("nn.init.", "torch."), ("tf.keras.initializers.", "keras."),
      ("keras.initializers.", "keras."),
    ] where name.hasPrefix(path) {
      name = prefix + name.dropFirst(path.count)
    }
    return name.filter { $0 != "_" }
  }
}

extension InitializerCatalogue {
  /// The initializers for weight tensors.
  public static let weights = InitializerCatalogue(
    kind: "initializer",
    entries: [
      .zeros, .ones, .constant, .normal, .uniform, .truncatedNormal, .varianceScaling,
      .glorotNormal, .glorotUniform, .heNormal, .heUniform, .lecunNormal, .lecunUniform,
      .orthogonal, .identity, .sparse, .dirac, .deltaOrthogonal, .lsuv, .krahenbuhl,
      .fixup, .zeroLast, .gpt2, .skipInit,

      .torchDefault, .torchLinearDefault, .torchKaimingUniform, .torchKaimingNormal, .torchXavierUniform, .torchXavierNormal,
      .torchUniform, .torchNormal, .torchTruncNormal, .torchOrthogonal, .torchSparse, .torchEye, .torchDirac,
      .torchConstant, .torchZeros, .torchOnes,

      .kerasDefault, .kerasGlorotUniform, .kerasGlorotNormal, .kerasHeNormal, .kerasHeUniform, .kerasLecunNormal,
      .kerasLecunUniform,
      .kerasVarianceScaling, .kerasRandomNormal, .kerasRandomUniform, .kerasTruncatedNormal, .kerasOrthogonal,
      .kerasIdentity, .kerasConstant, .kerasZeros, .kerasOnes,

      .declaredKeras, .weightFile,
    ])

  /// The initializers for bias vectors: laws that need no matrix.
  public static let biases = InitializerCatalogue(
    kind: biasKind,
    entries: [
      .zeros, .ones, .constant, .normal, .uniform, .truncatedNormal, .torchDefault, .torchLinearBias, .torchUniform,
      .torchNormal,
      .torchTruncNormal, .torchConstant, .torchZeros, .torchOnes, .kerasDefault, .kerasRandomNormal, .kerasRandomUniform,
      .kerasTruncatedNormal, .kerasConstant, .kerasZeros, .kerasOnes,
    ])

  /// Both catalogues together, for decoding an ``Initializer``.
  static let all = InitializerCatalogue(
    kind: "initializer",
    entries: weights.entries + biases.entries.filter { weights.entry(named: $0.name) == nil })
}
