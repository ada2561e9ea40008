import NetworkGraph
import SignalPropagation
import Spelling

/// The requirements of `initscope check`: ranges for what an audit measures, and the findings that fail a network.
public struct GateBounds: Sendable, Equatable {
  public static let version = 1

  /// The probability that a network which keeps every bound fails one of them by chance. All comparisons share it evenly
  /// (Bonferroni).
  public var falseAlarmRate: Double
  public var bounds: [GateBound]
  /// Thresholds for rules. The first that names a rule decides; see `threshold(of:)`.
  public var rules: [RuleThreshold]
  /// Whether a verdict that the network will not train is a violation.
  public var judgesVerdict: Bool

  public init(
    falseAlarmRate: Double = 1e-3, bounds: [GateBound] = [], rules: [RuleThreshold] = [], judgesVerdict: Bool = true
  ) {
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate lies in (0, 1), got \(falseAlarmRate)")
    self.falseAlarmRate = falseAlarmRate
    self.bounds = bounds
    self.rules = rules
    self.judgesVerdict = judgesVerdict
  }

  /// Bounds from theory and from the declared laws for every layer; `check` uses them where it is given no file.
  public static let automatic = GateBounds(
    bounds: [
      GateBound(of: .activations, .secondMoment, .automatic), GateBound(of: .preactivations, .secondMoment, .automatic),
      GateBound(of: .gradients, .secondMoment, .automatic),
      GateBound(of: .preactivationGradients, .secondMoment, .automatic),
      GateBound(of: .activations, .growthPerLayer, .automatic), GateBound(of: .gradients, .growthPerLayer, .automatic),
      GateBound(of: .weights, .variance, .automatic), GateBound(of: .weights, .mean, .automatic),
    ])

  /// The share of the false-alarm rate for each of so many comparisons. It stays a normal Double, since 0 has no quantile.
  func sharedRate(among comparisons: Int) -> Double {
    max(falseAlarmRate / Double(max(1, comparisons)), .leastNormalMagnitude)
  }

  /// The least severity of a rule's findings that fails a check; nil where none does. A rule named in full comes before a
  /// pattern, an earlier pattern before a later; without either, errors fail.
  public func threshold(of rule: String) -> Finding.Severity? {
    let named = rules.first { $0.rule.isLiteral && $0.rule.text == rule } ?? rules.first { $0.rule.matches(rule) }
    guard let named else { return .error }
    return named.severity
  }

  /// Checks that every layer and rule that is named exists.
  ///
  /// - Throws: `GateError` at the first layer pattern that fits no layer of the network, or rule that is none.
  public func check(_ network: Network) throws(GateError) {
    let names = network.nodes.map(\.name)
    for bound in bounds where bound.layers.indices(in: names, output: network.outputIndex).isEmpty {
      let nearest = nearestName(to: bound.layers.description, among: names).map { "Did you mean '\($0)'? " } ?? ""
      let some = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", ..." : "")
      throw GateError(
        line: bound.line, message: "no layer of \(network.name) is called '\(bound.layers)'",
        hint: "\(nearest)Layers: \(some); or all, hidden, or a pattern such as dense_*")
    }
    let known = RuleCatalogue.rules.map { type(of: $0).name }
    for rule in rules where !known.contains(where: rule.rule.matches) {
      let nearest = nearestName(to: rule.rule.text, among: known).map { "Did you mean '\($0)'? " } ?? ""
      throw GateError(
        line: rule.line, message: "no rule is called '\(rule.rule)'",
        hint: "\(nearest)Rules: \(known.joined(separator: ", "))")
    }
  }
}

/// One bound: on a quantity of a tensor in some layers.
public struct GateBound: Sendable, Equatable {
  public enum Limit: Sendable, Equatable {
    /// A range that includes both ends; an end is infinite where there is no bound.
    case range(low: Double, high: Double)
    /// The value that theory predicts for the network, or that a declared law gives for weights, with its scatter.
    case automatic
  }

  public var layers: GateLayers
  public var tensor: GateTensor
  public var quantity: GateQuantity
  public var limit: Limit
  /// The line of the file on which the bound is written, from 1.
  public var line: Int?

  public init(
    layers: GateLayers = .all, of tensor: GateTensor, _ quantity: GateQuantity, _ limit: Limit, line: Int? = nil
  ) {
    precondition(quantity.tensors.contains(tensor), "\(tensor.rawValue) have no \(quantity.rawValue)")
    switch limit {
    case .range(let low, let high): precondition(low <= high, "a bound's low end is not above its high end: \(low), \(high)")
    case .automatic:
      precondition(
        quantity.automaticTensors.contains(tensor), "theory sets no bound on the \(quantity.rawValue) of \(tensor.rawValue)")
    }
    self.layers = layers
    self.tensor = tensor
    self.quantity = quantity
    self.limit = limit
    self.line = line
  }
}

/// The layers that a bound is about.
public enum GateLayers: Hashable, Sendable, CustomStringConvertible {
  case all
  /// All before the output layer (`Network.outputIndex`).
  case hidden
  case named(NamePattern)

  /// Reads `all`, `hidden`, a name, or a pattern.
  public init(_ text: String) {
    self = text == "all" ? .all : text == "hidden" ? .hidden : .named(NamePattern(text))
  }

  public var description: String {
    switch self {
    case .all: "all"
    case .hidden: "hidden"
    case .named(let pattern): pattern.text
    }
  }

  /// Whether the layer with that name and index (from 0) is meant, in a network whose output layer has index `output`.
  public func contains(_ name: String, at index: Int, output: Int) -> Bool {
    switch self {
    case .all: true
    case .hidden: index < output
    case .named(let pattern): pattern.matches(name)
    }
  }

  /// The indices of the layers meant, from 0.
  func indices(in names: [String], output: Int) -> [Int] {
    names.indices.filter { contains(names[$0], at: $0, output: output) }
  }
}

/// The severity from which on a rule's findings are violations.
public struct RuleThreshold: Sendable, Equatable {
  public var rule: NamePattern
  /// The severity; nil for never.
  public var severity: Finding.Severity?
  /// The line of the file on which it is written, from 1.
  public var line: Int?

  public init(_ rule: NamePattern, _ severity: Finding.Severity?, line: Int? = nil) {
    self.rule = rule
    self.severity = severity
    self.line = line
  }
}

/// The error that bounds do not fit the network with which they are compared.
public struct GateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The line of the bounds file, from 1.
  public var line: Int?
  public var message: String
  public var hint: String
  package init(line: Int? = nil, message: String, hint: String) {
    self.line = line
    self.message = message
    self.hint = hint
  }
  public var description: String { "\(message). \(hint)" }
}
