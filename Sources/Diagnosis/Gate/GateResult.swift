import SignalPropagation

/// The outcome of a check: what was compared, and every violation.
public struct GateResult: Sendable, Equatable {
  public var network: String
  /// The probability that a network which keeps every bound fails one of them by chance.
  public var falseAlarmRate: Double
  /// The number of comparisons with a sampling error, which share the rate.
  public var comparisons: Int
  /// The number of comparisons with each yardstick: bounds, theory, declared laws, a baseline.
  public var yardsticks: [GateYardstick: Int] = [:]
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
    /// The names of the layers, from input to output.
    public var layers: [String]
    /// Causes first, in the order of the layers; then what has no cause among them, worst first; then what follows from the
    /// causes.
    public var violations: [GateViolation]
    /// What could not be compared, and why, so that nothing passes unseen.
    public var notes: [String]
    /// The verdict of the audit; nil where there is none.
    public var verdict: Verdict?

    package init(
      initializer: String, layers: [String], violations: [GateViolation], notes: [String], verdict: Verdict? = nil
    ) {
      self.initializer = initializer
      self.layers = layers
      self.violations = violations
      self.notes = notes
      self.verdict = verdict
    }

    /// Violations that others follow from.
    public var causes: [GateViolation] { violations.filter { $0.role == .cause } }
    /// Violations that follow from others.
    public var consequences: [GateViolation] { violations.filter { $0.role == .consequence } }
  }
}

/// One thing that fails a check.
public struct GateViolation: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The verdict says that the network will not train.
    case verdict
    /// Values that are not finite, where a bound asks for a number.
    case nonFinite
    /// A measured quantity outside its bound.
    case bound
    /// A finding of a rule.
    case finding
    /// A difference from the baseline.
    case baseline
  }

  /// Whether a violation is what went wrong first, or follows from that.
  public enum Role: String, Sendable, CaseIterable {
    /// Something that changed, or weights beyond their bound: others may follow from it.
    case cause
    /// It follows from a cause.
    case consequence
  }

  public var kind: Kind
  /// Nil for a violation that stands alone.
  public var role: Role?
  /// Of a cause: what changed, in a few words, such as `the weights of dense_3`.
  public var changed: String?
  /// Of a consequence: what changed in the cause that it follows.
  public var follows: String?
  /// The message without the layer's name and its numbers, by which the violations of several layers are told in one
  /// sentence; nil where the message fits no other layer.
  public var predicate: String?
  /// Where a cause stands among the layers, from 0, if its layer's name does not say: -1 for the input, the number of layers
  /// for what stands behind the output.
  var anchor: Int?
  /// Whether a layer upstream that changed explains it; a cause where there is none.
  var isDerived = false
  /// The layer's index; nil for the run as a whole.
  public var layer: String?
  /// The quantity and its tensor by their keys in bounds files, the rule's name, or what changed: `secondMoment of
  /// activations`.
  public var subject: String
  /// The subject in words: `mean square of activations`.
  public var title: String
  /// What was compared; nil for what is no comparison.
  public var quantity: GateQuantity?
  public var tensor: GateTensor?
  public var measured: Double?
  /// The interval of the measurement, at the rate of one comparison.
  public var interval: Interval?
  public var bound: Interval?
  /// How far the measurement is outside the bound: in decades for second moments and variances, else in the quantity's own
  /// units; infinite for a signal of zero and for what has no distance.
  public var excess: Double
  public var message: String
  /// The line of the bounds file, from 1; nil for what no line asks for.
  public var line: Int?

  package init(
    kind: Kind, layer: String?, subject: String, measured: Double? = nil, interval: Interval? = nil, bound: Interval? = nil,
    excess: Double = .infinity, message: String
  ) {
    self.kind = kind
    self.layer = layer
    self.subject = subject
    title = subject
    self.measured = measured
    self.interval = interval
    self.bound = bound
    self.excess = excess
    self.message = message
  }

  /// The message, and which cause it follows.
  public var fullMessage: String { follows.map { "\(message) (follows from \($0))" } ?? message }

  /// The kind of violation in one word, for programs: `bound/variance`, `finding/dead-units`.
  public var identifier: String {
    switch kind {
    case .finding: "finding/\(subject)"
    case .bound: "bound/\(subject.prefix { $0 != " " })"
    default: kind.rawValue
    }
  }
}
