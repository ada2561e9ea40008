import InitScope

/// Specifications of catalogue entries with random arguments, nearly all of them legal.
enum RandomSpecification {
  /// Of weights; where `anywhere`, one that looks at the whole network, too.
  static func initializer(_ dice: inout Dice, anywhere: Bool = true) -> String {
    let takesAll = anywhere && dice.chance(0.15)
    let entries = InitializerCatalogue.weights.entries.filter { takesAll == ($0.depthAware != nil) && $0.origin == .drawn }
    return legal(&dice) { dice in
      let entry = dice.pick(entries)
      return text(entry.name, entry.parameters, &dice)
    }
  }

  /// Of the weights of one layer.
  static func layerInitializer(_ dice: inout Dice) -> String { initializer(&dice, anywhere: false) }

  static func bias(_ dice: inout Dice) -> String {
    legal(&dice) { dice in
      let entry = dice.pick(InitializerCatalogue.biases.entries)
      return text(entry.name, entry.parameters, &dice)
    }
  }

  /// Some arguments exclude each other: mostly what is legal, for what is refused computes nothing.
  private static func legal(_ dice: inout Dice, _ make: (inout Dice) -> String) -> String {
    var text = make(&dice)
    for _ in 0..<8 where (try? Initializer(parsing: text)) == nil && (try? Initializer(parsingBias: text)) == nil {
      if dice.chance(0.05) { break }
      text = make(&dice)
    }
    return text
  }

  static func activation(_ dice: inout Dice) -> String {
    let entry = dice.pick(ActivationCatalogue.entries)
    return text(entry.name, entry.parameters, &dice)
  }

  static func choice<Kind: Choice>(_ kind: Kind.Type, _ dice: inout Dice) -> String {
    let entry = dice.pick(kind.catalogue)
    return text(entry.name, entry.parameters, &dice)
  }

  /// One to three initializers, each named once.
  static func initializers(_ dice: inout Dice) -> String {
    var list: [String] = []
    for _ in 0..<dice.whole(1...3) {
      let next = initializer(&dice)
      if !list.contains(next) { list.append(next) }
    }
    return list.joined(separator: ",")
  }

  private static func text(_ name: String, _ parameters: [Parameter], _ dice: inout Dice) -> String {
    let arguments = parameters.compactMap { parameter in
      dice.chance(0.5) ? "\(parameter.name)=\(value(parameter, &dice))" : nil
    }
    return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: ",")))"
  }

  private static func value(_ parameter: Parameter, _ dice: inout Dice) -> String {
    switch parameter.kind {
    case .number(let standard, let range): return "\(number(in: range, standard: standard, &dice))"
    case .integer(_, let range):
      // Few, or one of the ends.
      let end = range.upperBound > range.lowerBound + 12 ? range.lowerBound + 12 : range.upperBound
      return "\(dice.chance(0.1) ? dice.pick([range.lowerBound, range.upperBound]) : dice.whole(range.lowerBound...end))"
    case .choice(_, let words): return dice.pick(words)
    case .version: return dice.pick(["3.15", "3.14", "2.0", "3.14.1"])
    }
  }

  /// Mostly about 1, sometimes anywhere in the range, sometimes one of its ends.
  static func number(in range: ClosedRange<Double>, standard: Double, _ dice: inout Dice) -> Double {
    let kind = dice.real(0...1)
    if kind < 0.06 { return range.lowerBound.isFinite ? range.lowerBound : standard }
    if kind < 0.12 { return range.upperBound.isFinite ? range.upperBound : standard }
    if kind < 0.16 { return range.contains(0) ? 0 : standard }
    let size = dice.magnitude(kind < 0.8 ? -2...1 : -100...100)
    let signed = dice.chance(0.25) ? -size : size
    return min(max(range.contains(signed) ? signed : size, range.lowerBound), range.upperBound)
  }
}
