import SignalPropagation

/// What a gate made of one audit.
public struct GateResult: Sendable, Equatable {
  public var network: String
  /// Probability that a network which keeps every bound fails one of them by chance.
  public var falseAlarmRate: Double
  /// Comparisons with a sampling error that were made, among which the rate is shared.
  public var comparisons: Int
  public var seeds: Int
  public var seed: UInt64
  public var runs: [Run]

  package init(
    network: String, falseAlarmRate: Double, comparisons: Int, seeds: Int, seed: UInt64, runs: [Run]
  ) {
    self.network = network
    self.falseAlarmRate = falseAlarmRate
    self.comparisons = comparisons
    self.seeds = seeds
    self.seed = seed
    self.runs = runs
  }

  public var violations: [GateViolation] { runs.flatMap(\.violations) }
  public var passes: Bool { runs.allSatisfy(\.violations.isEmpty) }

  public struct Run: Sendable, Equatable {
    public var initializer: String
    /// Names of the layers, input to output.
    public var layers: [String]
    /// Worst first.
    public var violations: [GateViolation]
    /// What could not be judged and why; nothing passes in silence.
    public var notes: [String]

    package init(initializer: String, layers: [String], violations: [GateViolation], notes: [String]) {
      self.initializer = initializer
      self.layers = layers
      self.violations = violations
      self.notes = notes
    }
  }
}

/// One thing that a gate forbids and a run does.
public struct GateViolation: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A verdict that the network will not train.
    case verdict
    /// Values that are not finite, where a bound asks for a number.
    case nonFinite
    /// A measured quantity beyond its bound.
    case bound
    /// A finding of a rule.
    case finding
    /// A difference from the baseline.
    case baseline
  }

  public var kind: Kind
  /// Of the layer concerned; nil for the run as a whole.
  public var layer: String?
  /// The quantity and its tensor, the rule's name, or what changed: `variance of activations`.
  public var subject: String
  public var measured: Double?
  /// Of what was measured, at the rate of one comparison.
  public var interval: Interval?
  public var bound: Interval?
  /// Distance of what was measured from the bound: in decades for second moments and variances, else in the quantity's own
  /// units; infinite for a signal of zero and for what has no distance.
  public var excess: Double
  public var message: String
  /// Of the bounds file, from 1; nil for what no line of it asks for.
  public var line: Int?

  package init(
    kind: Kind, layer: String?, subject: String, measured: Double? = nil, interval: Interval? = nil, bound: Interval? = nil,
    excess: Double = .infinity, message: String
  ) {
    self.kind = kind
    self.layer = layer
    self.subject = subject
    self.measured = measured
    self.interval = interval
    self.bound = bound
    self.excess = excess
    self.message = message
  }

  /// What the violation is in one word, for machines: `bound/variance`, `finding/dead-units`.
  public var identifier: String {
    switch kind {
    case .finding: "finding/\(subject)"
    case .bound: "bound/\(subject.prefix { $0 != " " })"
    default: kind.rawValue
    }
  }
}

extension GateViolation {
  /// Worst first: by kind, then by distance from the bound; layers keep their order.
  static func sorted(_ violations: [GateViolation]) -> [GateViolation] {
    let ranks = Kind.allCases
    return violations.enumerated().sorted { first, second in
      let a = (ranks.firstIndex(of: first.element.kind) ?? 0, -first.element.excess, first.offset)
      let b = (ranks.firstIndex(of: second.element.kind) ?? 0, -second.element.excess, second.offset)
      return a < b
    }.map(\.element)
  }
}
