extension DeclaredLaw {
  /// A text that states no law: what is wrong with it, and what can be written.
  public struct ParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String
    public var hint: String
    public var description: String { "\(message). \(hint)" }
  }

  /// The laws that can be written, each with its arguments.
  public static let forms = [
    "zeros", "ones", "constant(X)", "normal(MEAN, STD) or normal(std=X)", "truncated_normal(std=X, sigmas=2)",
    "truncated_normal(std=X, low=A, high=B)", "uniform(LOW, HIGH) or uniform(bound=X)", "xavier_uniform(gain=1)",
    "xavier_normal(gain=1)", "kaiming_uniform(a=0, mode=fan_in)", "kaiming_normal(a=0, mode=fan_in)", "lecun_normal",
    "torch_default", "orthogonal(gain=1)", "identity", "log(arange(1, state+1))", "log(uniform(A, B))",
    "loguniform(A, B)", "inverse_softplus(loguniform(A, B))", "frequencies", "forget_gate_ones", "any",
  ]

  /// Reads a law: `normal(0, 0.02/sqrt(2*L))`, `kaiming_uniform(a=sqrt(5)) / sqrt(L)`, `zeros, applied as (1 + w)`.
  ///
  /// - Parameter text: One of `forms`; a factor may follow, `* X` or `/ X`.
  /// - Throws: `ParsingError` naming what was not understood.
  public init(parsing text: String) throws(ParsingError) {
    var (body, remark) = (text, "")
    // What follows a comma outside of parentheses is a remark.
    var depth = 0
    for (offset, character) in text.enumerated() {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == "," && depth == 0 {
        body = String(text.prefix(offset))
        remark = String(text.dropFirst(offset + 1))
        break
      }
    }
    if body.hasSuffix(" per row") { body.removeLast(" per row".count) }
    do throws(LawScanner.Problem) {
      var scanner = LawScanner(body)
      var kind = try Self.kind(&scanner)
      while !scanner.isAtEnd {
        let isQuotient = scanner.skip("/")
        guard isQuotient || scanner.skip("*") else {
          throw LawScanner.Problem(message: "'\(scanner.rest)' is more than a law")
        }
        kind = try Self.scaled(kind, by: scanner.factor(), isQuotient: isQuotient)
      }
      self.init(kind: kind, text: body.trimmed)
    } catch {
      throw ParsingError(
        message: "'\(text.prefix(80))' states no law: \(error.message)",
        hint: "Known are \(Self.forms.joined(separator: "; "))")
    }
    isOnePlus = remark.filter { $0 != " " }.contains("(1+w)")
  }

  private static func kind(_ scanner: inout LawScanner) throws(LawScanner.Problem) -> Kind {
    guard let name = scanner.name() else { throw LawScanner.Problem(message: "a law's name expected at '\(scanner.rest)'") }
    let folded = name.lowercased().filter { $0 != "_" }
    switch folded {
    case "log": return try logarithm(&scanner)
    case "inversesoftplus":
      try scanner.expect("(")
      guard let inner = scanner.name(), inner.lowercased().filter({ $0 != "_" }) == "loguniform" else {
        throw LawScanner.Problem(message: "inverse_softplus takes loguniform(A, B)")
      }
      let arguments = try Arguments(&scanner)
      try scanner.expect(")")
      let (low, high) = try arguments.range()
      return .inverseSoftplusOfLogUniform(low: low, high: high)
    default: break
    }
    let arguments = try Arguments(&scanner)
    func number(_ name: String, _ place: Int? = nil, default value: Double) -> Expression {
      arguments[name] ?? place.flatMap { arguments.at($0) } ?? .number(value)
    }
    switch folded {
    case "any": return .any
    case "zeros", "zero": return .constant(.number(0))
    case "ones", "one": return .constant(.number(1))
    case "constant": return .constant(number("value", 0, default: 0))
    case "normal", "gaussian":
      // One number alone is the deviation.
      if arguments.unnamed.count == 1, arguments["std"] == nil {
        return .normal(mean: arguments["mean"] ?? .number(0), std: arguments.unnamed[0])
      }
      return .normal(mean: number("mean", 0, default: 0), std: number("std", 1, default: 1))
    case "truncatednormal", "truncnormal":
      let std = arguments["std"] ?? arguments.at(arguments.unnamed.count == 1 ? 0 : 1) ?? .number(1)
      let mean = arguments["mean"] ?? (arguments.unnamed.count > 1 ? arguments.unnamed[0] : .number(0))
      return .truncatedNormal(
        mean: mean, std: std, low: arguments["low"] ?? arguments["a"], high: arguments["high"] ?? arguments["b"],
        sigmas: arguments["sigmas"])
    case "uniform":
      let (low, high) = try arguments.range()
      return .uniform(low: low, high: high)
    case "xavieruniform", "glorotuniform", "xaviernormal", "glorotnormal":
      let gain = number("gain", 0, default: 1)
      let isUniform = folded.hasSuffix("uniform")
      return try scaledFan("sqrt(\(isUniform ? 6 : 2)/(fan_in+fan_out))", isUniform, arguments, times: gain)
    case "kaiminguniform", "heuniform", "kaimingnormal", "henormal":
      let slope = arguments["a"].map { "(\($0.text))" } ?? "0"
      let isUniform = folded.hasSuffix("uniform")
      let fan = try arguments.fan()
      return try scaledFan("sqrt(\(isUniform ? 6 : 2)/(1+\(slope)^2)/(\(fan)))", isUniform, arguments)
    case "lecunnormal": return try scaledFan("1/sqrt(\(try arguments.fan()))", false, arguments)
    case "lecununiform": return try scaledFan("sqrt(3/(\(try arguments.fan())))", true, arguments)
    case "torchdefault", "pytorchdefault": return try scaledFan("1/sqrt(\(try arguments.fan()))", true, arguments)
    case "orthogonal": return .orthogonal(gain: number("gain", 0, default: 1))
    case "identity", "eye", "dirac": return .identity
    case "frequencies": return .frequencies
    case "forgetgateones": return .forgetGateOnes
    case "logarange": return .logarithmsOfCounts
    case "loguniform":
      let (low, high) = try arguments.range()
      return .logUniform(low: low, high: high)
    default: throw LawScanner.Problem(message: "there is no law '\(name)'")
    }
  }

  /// `log(arange(1, state+1))` and `log(uniform(1, 16))`.
  private static func logarithm(_ scanner: inout LawScanner) throws(LawScanner.Problem) -> Kind {
    try scanner.expect("(")
    let inner = scanner.name()?.lowercased()
    let arguments = try Arguments(&scanner)
    try scanner.expect(")")
    switch inner {
    case "arange": return .logarithmsOfCounts
    case "uniform":
      let (low, high) = try arguments.range()
      return .logarithmOfUniform(low: low, high: high)
    default: throw LawScanner.Problem(message: "log takes arange(1, state+1) or uniform(A, B)")
    }
  }

  private static func scaledFan(
    _ formula: String, _ isUniform: Bool, _ arguments: Arguments, times gain: Expression? = nil
  ) throws(LawScanner.Problem) -> Kind {
    let text = gain.map { "(\($0.text))*\(formula)" } ?? formula
    var scanner = LawScanner(text)
    let size = try scanner.expression()
    guard isUniform else { return .normal(mean: .number(0), std: size) }
    return .uniform(low: Expression(node: .negative(size.node), text: "-\(size.text)"), high: size)
  }

  /// The law of the values times a factor.
  private static func scaled(_ kind: Kind, by factor: Expression, isQuotient: Bool) throws(LawScanner.Problem) -> Kind {
    func times(_ value: Expression) -> Expression {
      Expression(
        node: isQuotient ? .quotient(value.node, factor.node) : .product(value.node, factor.node),
        text: "\(value.text) \(isQuotient ? "/" : "*") \(factor.text)")
    }
    switch kind {
    case .constant(let value): return .constant(times(value))
    case .normal(let mean, let std): return .normal(mean: times(mean), std: times(std))
    case .truncatedNormal(let mean, let std, let low, let high, let sigmas):
      return .truncatedNormal(
        mean: times(mean), std: times(std), low: low.map(times), high: high.map(times), sigmas: sigmas)
    case .uniform(let low, let high): return .uniform(low: times(low), high: times(high))
    case .logUniform(let low, let high): return .logUniform(low: times(low), high: times(high))
    case .orthogonal(let gain): return .orthogonal(gain: times(gain))
    case .any, .identity, .logarithmsOfCounts, .frequencies, .forgetGateOnes, .logarithmOfUniform,
      .inverseSoftplusOfLogUniform:
      throw LawScanner.Problem(message: "this law takes no factor")
    }
  }

  /// The arguments in parentheses behind a law's name; none without parentheses.
  private struct Arguments {
    var named: [String: Expression] = [:]
    var unnamed: [Expression] = []
    /// `fan_in` or `fan_out` as a bare word or as mode=.
    var mode: String?

    init(_ scanner: inout LawScanner) throws(LawScanner.Problem) {
      guard scanner.skip("(") else { return }
      if scanner.skip(")") { return }
      repeat {
        if let label = scanner.label() {
          if label == "mode" || label == "nonlinearity" {
            guard let word = scanner.name() else { throw LawScanner.Problem(message: "\(label)= takes a word") }
            if label == "mode" { mode = word }
          } else {
            named[label.lowercased()] = try scanner.expression()
          }
        } else if scanner.skip("\u{B1}") || scanner.skip("+") {
          // +-X, a bound on either side.
          _ = scanner.skip("-")
          named["bound"] = try scanner.expression()
        } else {
          let expression = try scanner.expression()
          if case .name(let word) = expression.node, word == "fan_in" || word == "fan_out" { mode = word }
          unnamed.append(expression)
        }
      } while scanner.skip(",")
      try scanner.expect(")")
    }

    subscript(_ name: String) -> Expression? { named[name] }

    func at(_ place: Int) -> Expression? { unnamed.indices.contains(place) ? unnamed[place] : nil }

    /// Two ends, or a bound on either side of 0.
    func range() throws(LawScanner.Problem) -> (low: Expression, high: Expression) {
      if let bound = named["bound"] ?? (unnamed.count == 1 ? unnamed[0] : nil) {
        return (Expression(node: .negative(bound.node), text: "-\(bound.text)"), bound)
      }
      guard let low = named["low"] ?? named["a"] ?? at(0), let high = named["high"] ?? named["b"] ?? at(1) else {
        throw LawScanner.Problem(message: "two ends are needed, such as (-0.1, 0.1), or bound=0.1")
      }
      return (low, high)
    }

    /// The fan that a law scales with: a formula, or the name of one.
    func fan() throws(LawScanner.Problem) -> String {
      if let own = named["fan_in"] ?? named["fan"] ?? named["fan_out"] { return own.text }
      guard let mode else { return "fan_in" }
      guard mode == "fan_in" || mode == "fan_out" else {
        throw LawScanner.Problem(message: "mode is fan_in or fan_out, not '\(mode)'")
      }
      return mode
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
