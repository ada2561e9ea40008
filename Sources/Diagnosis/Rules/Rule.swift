import NetworkGraph
import SignalPropagation

/// A check for one thing that can be wrong with an initialization.
///
/// A rule is a value without state: one file in this folder, one line in `RuleCatalogue`.
public protocol Rule: Sendable {
  /// The name by which findings refer to the rule, such as `theory-disagreement`.
  static var name: String { get }
  /// What the rule is about, in one sentence.
  static var summary: String { get }
  /// What is measured, how it is judged, and with which false-alarm rate.
  static var explanation: String { get }
  /// Where the bound comes from, for readers who want the formulas: on the page of rules only. Nil where the explanation
  /// says it.
  static var derivation: String? { get }
  /// What to do about it.
  static var remedy: String { get }
  /// The verdict's status where the rule finds an error; nil for rules about matters other than training.
  static var status: Verdict.Status? { get }
  /// The conditions for each severity, worst first; empty where the rule's explanation states them.
  static var severities: [(severity: Finding.Severity, condition: String)] { get }

  /// How far a finding is from what the rule allows, to tell which of several is the worst: only comparable within the rule.
  static func size(of finding: Finding) -> Double

  /// The findings of the rule in one run; empty where all is well or nothing can be judged.
  func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding]
}

extension Rule {
  public static var derivation: String? { nil }
  public static var status: Verdict.Status? { nil }
  public static var severities: [(severity: Finding.Severity, condition: String)] { [] }
  /// The number of layers concerned.
  public static func size(of finding: Finding) -> Double { Double(finding.layers.count) }
}

/// What rules need beside the run itself.
public struct RuleContext: Sendable {
  public var network: Network
  public var assignment: InitializerAssignment
  public var input: AuditReport.Input
  public var replicas: Int
  public var backward: BackwardSource
  /// Weights and biases that existed before the audit, which all replicas share.
  public var given: GivenTensors
  /// What the audit's data lack for anything to be learned from them; nil where nothing is known to be missing.
  package var lack: DataLack?

  package init(
    network: Network, assignment: InitializerAssignment, input: AuditReport.Input, replicas: Int, backward: BackwardSource,
    given: GivenTensors = GivenTensors(), lack: DataLack? = nil
  ) {
    self.network = network
    self.assignment = assignment
    self.input = input
    self.replicas = replicas
    self.backward = backward
    self.given = given
    self.lack = lack
  }
}

/// All rules, in the order in which findings of one severity are reported.
public enum RuleCatalogue {
  public static let rules: [any Rule] = [
    NonFinite(),
    NothingToLearn(),
    SymmetricUnits(),
    DeadUnits(),
    ExplodingActivations(),
    ExplodingGradients(),
    VanishingActivations(),
    VanishingGradients(),
    SaturatedUnits(),
    CollapsedInputs(),
    RankCollapse(),
    Chaotic(),
    MeanShift(),
    LossAtStart(),
    DoubleSoftmax(),
    TheoryDisagreement(),
    // Weights and biases.
    WeightVariance(),
    WeightMean(),
    WeightOutliers(),
    Orthogonality(),
    SharedStream(),
    Bias(),
    GainMismatch(),
    RecurrentGradients(),
    // Number formats.
    Float32Range(),
    BFloat16Range(),
    Float16Range(),
  ]

  public static var names: [String] { rules.map { type(of: $0).name } }

  /// Finds the rule with that name; nil where there is none.
  public static func rule(named name: String) -> (any Rule.Type)? {
    rules.map { type(of: $0) }.first { $0.name == name }
  }

  /// The findings of all rules in one run, worst first; within one severity in the catalogue's order.
  static func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let found = rules.flatMap { $0.findings(in: run, context) }
    return Finding.Severity.allCases.flatMap { severity in found.filter { $0.severity == severity } }
  }
}
