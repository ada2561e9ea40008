import Spelling

extension Specification {
  /// Parses one specification: `relu`, `Leaky-ReLU(0.2)`, `kaiming_normal_`, `torch.kaiming_uniform(a=2.236)`.
  ///
  /// Only the form is checked here; whether the name exists and takes these arguments, its catalogue says.
  ///
  /// - Parameters:
  ///   - text: The specification.
  ///   - example: What errors propose to write.
  /// - Throws: ``SpecificationError`` for an empty text, a character that no name has, unbalanced parentheses, an argument
  ///   without a value, or a positional value after the first place.
  public init(
    parsing text: String, example: String = "he_normal or normal(std=0.02)"
  ) throws(SpecificationError) {
    let trimmed = text.trimmed
    guard !trimmed.isEmpty else {
      throw SpecificationError("a specification is empty", hint: "Write \(example).")
    }
    guard let opening = trimmed.firstIndex(of: "(") else {
      self.init(name: try Self.name(folding: trimmed, in: trimmed, example))
      return
    }
    let name = try Self.name(folding: trimmed[..<opening].trimmed, in: trimmed, example)
    let inner = trimmed[trimmed.index(after: opening)...].dropLast()
    guard trimmed.last == ")", !inner.contains(where: { $0 == "(" || $0 == ")" }) else {
      throw SpecificationError(
        "the parentheses of `\(trimmed)` do not match",
        hint: "Write \(name)(key=value,...), with one pair of parentheses around all arguments.")
    }
    self.init(name: name, arguments: try Self.arguments(parsing: inner, of: trimmed))
  }

  /// Parses a list: splits it at the commas outside parentheses and parses each item.
  ///
  /// - Throws: ``SpecificationError`` as `init(parsing:)` does, and for an empty item.
  public static func list(parsing text: String) throws(SpecificationError) -> [Specification] {
    var items: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for index in text.indices {
      switch text[index] {
      case "(": depth += 1
      case ")": depth -= 1
      case "," where depth <= 0:
        items.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    items.append(text[start...])
    var specifications: [Specification] = []
    for item in items {
      guard !item.trimmed.isEmpty else {
        throw SpecificationError("the list `\(text)` has an empty item", hint: "Separate specifications by single commas.")
      }
      specifications.append(try Specification(parsing: String(item)))
    }
    return specifications
  }

  /// Folds a name or word to the form in which specifications compare them: lower case, `_` for `-`.
  package static func folded(_ word: some StringProtocol) -> String {
    foldedName(word)
  }

  private static func name(folding written: String, in text: String, _ example: String) throws(SpecificationError) -> String
  {
    if let stray = written.first(where: { !$0.isNamePart }) {
      throw SpecificationError(
        "`\(text)` has the character `\(stray)` in its name",
        hint: "A name has letters, digits, `_`, `-` and `.`; arguments stand in parentheses after it.")
    }
    var name = folded(written)
    if name.hasSuffix("_") { name.removeLast() }
    guard name.contains(where: { $0.isLetter }) else {
      throw SpecificationError("`\(text)` is no name", hint: "Write \(example).")
    }
    return name
  }

  private static func arguments(parsing inner: Substring, of text: String) throws(SpecificationError) -> [Argument] {
    if inner.trimmed.isEmpty { return [] }
    var arguments: [Argument] = []
    for piece in inner.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
      let key = sides.count == 2 ? folded(sides[0]) : ""
      let value = sides.last ?? ""
      guard !value.isEmpty, !value.contains("="), sides.count == 1 || !key.isEmpty else {
        throw SpecificationError(
          "`\(text)` has the argument `\(piece.trimmed)`, which is not key=value", hint: "Write it as name(key=value,...).")
      }
      guard !key.isEmpty || arguments.isEmpty else {
        throw SpecificationError(
          "`\(text)` has the value `\(value)` without a key",
          hint: "Only the first argument may be without; write key=\(value).")
      }
      arguments.append(Argument(key: key, value: value))
    }
    return arguments
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let tail = drop(while: \.isWhitespace)
    return String(tail.reversed().drop(while: \.isWhitespace).reversed())
  }
}

extension Character {
  fileprivate var isNamePart: Bool {
    isASCII && (isLetter || isNumber || self == "_" || self == "-" || self == ".")
  }
}
