import Glibc

/// An arithmetic expression in which a scheme states a number: `0.02/sqrt(2*L)`, `dt_rank^-0.5`.
///
/// Numbers, names, `+ - * / ^`, parentheses, `sqrt` and `log`. Which names have a value is the caller's affair.
struct Expression: Sendable, Hashable {
  indirect enum Node: Sendable, Hashable {
    case number(Double)
    case name(String)
    case negative(Node)
    case sum(Node, Node)
    case difference(Node, Node)
    case product(Node, Node)
    case quotient(Node, Node)
    case power(Node, Node)
    case root(Node)
    case logarithm(Node)
  }

  var node: Node
  /// As it was written.
  var text: String

  static func number(_ value: Double) -> Expression { Expression(node: .number(value), text: "\(value)") }

  /// The names that the expression uses.
  var names: Set<String> { Self.names(node) }

  private static func names(_ node: Node) -> Set<String> {
    switch node {
    case .number: []
    case .name(let name): [name]
    case .negative(let a), .root(let a), .logarithm(let a): names(a)
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .quotient(let a, let b),
      .power(let a, let b):
      names(a).union(names(b))
    }
  }

  /// The expression's value; nil where a name has none or the result is not finite.
  func value(_ values: (String) -> Double?) -> Double? {
    guard let value = Self.value(node, values), value.isFinite else { return nil }
    return value
  }

  private static func value(_ node: Node, _ values: (String) -> Double?) -> Double? {
    func both(_ a: Node, _ b: Node, _ combine: (Double, Double) -> Double) -> Double? {
      guard let x = value(a, values), let y = value(b, values) else { return nil }
      return combine(x, y)
    }
    return switch node {
    case .number(let value): value
    case .name(let name): values(name)
    case .negative(let a): value(a, values).map { -$0 }
    case .sum(let a, let b): both(a, b, +)
    case .difference(let a, let b): both(a, b, -)
    case .product(let a, let b): both(a, b, *)
    case .quotient(let a, let b): both(a, b, /)
    case .power(let a, let b): both(a, b, pow)
    case .root(let a): value(a, values).map { $0.squareRoot() }
    case .logarithm(let a): value(a, values).map { log($0) }
    }
  }
}

/// Reads expressions, and laws around them, from text.
struct LawScanner {
  /// What is wrong with the text.
  struct Problem: Error {
    var message: String
  }

  private static let deepestNesting = 32

  private let text: [Character]
  private(set) var place = 0
  private var depth = 0

  init(_ text: String) { self.text = Array(text) }

  var isAtEnd: Bool {
    mutating get {
      skipSpaces()
      return place >= text.count
    }
  }

  private mutating func skipSpaces() { while place < text.count, text[place] == " " || text[place] == "\t" { place += 1 } }

  mutating func peek() -> Character? {
    skipSpaces()
    return place < text.count ? text[place] : nil
  }

  mutating func skip(_ character: Character) -> Bool {
    guard peek() == character else { return false }
    place += 1
    return true
  }

  mutating func expect(_ character: Character) throws(Problem) {
    guard skip(character) else { throw Problem(message: "'\(character)' expected at '\(rest)'") }
  }

  var rest: String { place < text.count ? String(text[place...].prefix(24)) : "the end" }

  /// A name of letters, digits and underscores, which does not begin with a digit.
  mutating func name() -> String? {
    guard let first = peek(), first.isLetter || first == "_" else { return nil }
    let start = place
    while place < text.count, text[place].isLetter || text[place].isNumber || text[place] == "_" { place += 1 }
    return String(text[start..<place])
  }

  /// Whether `name =` follows; then both are taken.
  mutating func label() -> String? {
    let start = place
    // `true fan_in = ...` says the same as `fan_in = ...`.
    var found = name()
    if found == "true", let next = name() { found = next }
    guard let found, skip("=") else {
      place = start
      return nil
    }
    return found
  }

  mutating func word(_ word: String) -> Bool {
    let start = place
    if name() == word { return true }
    place = start
    return false
  }

  mutating func expression() throws(Problem) -> Expression {
    skipSpaces()
    let start = place
    let node = try sum()
    var end = place
    while end > start, text[end - 1] == " " { end -= 1 }
    return Expression(node: node, text: String(text[start..<end]))
  }

  /// What stands behind `*` or `/`, up to the next of them.
  mutating func factor() throws(Problem) -> Expression {
    skipSpaces()
    let start = place
    let node = try power()
    return Expression(node: node, text: String(text[start..<place]))
  }

  private mutating func sum() throws(Problem) -> Expression.Node {
    guard depth < Self.deepestNesting else { throw Problem(message: "the expression nests too deep") }
    depth += 1
    defer { depth -= 1 }
    var node = try product()
    while let next = peek(), next == "+" || next == "-" {
      place += 1
      let other = try product()
      node = next == "+" ? .sum(node, other) : .difference(node, other)
    }
    return node
  }

  private mutating func product() throws(Problem) -> Expression.Node {
    var node = try power()
    while let next = peek(), next == "*" || next == "/" {
      place += 1
      // Python's ** is ^ here.
      if next == "*", place < text.count, text[place] == "*" {
        place += 1
        node = .power(node, try signed())
        continue
      }
      let other = try power()
      node = next == "*" ? .product(node, other) : .quotient(node, other)
    }
    return node
  }

  private mutating func power() throws(Problem) -> Expression.Node {
    let base = try signed()
    return skip("^") ? .power(base, try signed()) : base
  }

  private mutating func signed() throws(Problem) -> Expression.Node {
    if skip("-") {
      guard depth < Self.deepestNesting else { throw Problem(message: "the expression nests too deep") }
      depth += 1
      defer { depth -= 1 }
      return .negative(try signed())
    }
    return try atom()
  }

  private mutating func atom() throws(Problem) -> Expression.Node {
    if skip("(") {
      let node = try sum()
      try expect(")")
      return node
    }
    if let name = name() {
      guard peek() == "(" else { return .name(name) }
      guard name == "sqrt" || name == "log" || name == "ln" else {
        throw Problem(message: "the function '\(name)' is not known; sqrt and log are")
      }
      try expect("(")
      let node = try sum()
      try expect(")")
      return name == "sqrt" ? .root(node) : .logarithm(node)
    }
    let start = place
    while place < text.count {
      let character = text[place]
      let isExponentSign = (character == "-" || character == "+") && place > start && "eE".contains(text[place - 1])
      guard character.isNumber || character == "." || "eE".contains(character) || isExponentSign else { break }
      place += 1
    }
    guard let value = Double(String(text[start..<place])), value.isFinite else {
      place = start
      throw Problem(message: "a number or a name expected at '\(rest)'")
    }
    return .number(value)
  }
}
