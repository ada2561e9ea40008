import MeanField
import NumberText
import SignalPropagation

/// Finds networks in the chaotic phase: nearby inputs drift apart, and gradients grow from layer to layer.
public struct Chaotic: Rule {
  public static let name = "chaotic"
  public static let summary = "Similar inputs drift apart from layer to layer, and gradients grow (the chaotic phase)."
  public static let explanation = """
    Two routes must agree. Theory: the hidden layers are alike, and at the fixed point of their variance map \
    chi1 = sw2 E f'^2 is above 1, with the correlation of inputs tending to a c* below 1 (Poole et al. 2016). Measurement: \
    squared gradients grow toward the input beyond chance (as in exploding-gradients) and samples have not become alike. \
    Rectifiers without a fixed point explode instead, and are left to that rule. How much growth matters is judged as \
    in exploding-gradients, whose findings this rule replaces.
    """
  public static let remedy = """
    Lower the weights' variance to its critical value, where chi1 = 1: initscope theory prints it for the activation and \
    biases at hand. An orthogonal initializer at that value keeps gradients longest.
    """
  public static let status: Verdict.Status? = .chaotic
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean squared gradient grows by more than 10^6 over the hidden layers"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// Above this mean cosine samples are alike: the network is not chaotic, whatever theory expects.
  static let largestCosine = 0.95

  public init() {}

  public static func size(of finding: Finding) -> Double { DriftJudgement.size(of: finding) }

  /// Whether theory and measurement agree that the network is chaotic. The rule exploding-gradients then leaves the run to
  /// this rule.
  static func explains(_ run: InitializerRun, _ context: RuleContext) -> Bool { judgement(run, context) != nil }

  private static func judgement(
    _ run: InitializerRun, _ context: RuleContext
  ) -> (growth: DriftJudgement, theory: MeanFieldTheory)? {
    let drift = SignalDrift(.gradients, in: run, context)
    guard let growth = DriftJudgement(drift, growing: true, error: ExplodingGradients.errorBound),
      let cosine = run.hiddenLayers.last?.activation.cosineSimilarity, cosine < largestCosine,
      let theory = UniformTheory(run, context)?.theory, theory.phase == .chaotic
    else { return nil }
    return (growth, theory)
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let (growth, theory) = Self.judgement(run, context) else { return [] }
    var finding = growth.finding(of: Self.name, consequence: Self.consequence(theory))
    finding.evidence["chi1"] = .number(theory.chi1)
    finding.evidence["cStar"] = .number(theory.cStar)
    finding.evidence["weightVariance"] = .number(theory.weightVariance)
    if let critical = theory.criticalWeightVariance { finding.evidence["criticalWeightVariance"] = .number(critical) }
    return [finding]
  }

  // MARK: Messages

  static func consequence(_ theory: MeanFieldTheory) -> String {
    let critical = theory.criticalWeightVariance.map {
      " The weight variance is \(MessageNumber.number(theory.weightVariance))/fan_in; "
        + "\(MessageNumber.number($0))/fan_in would keep them."
    }
    return
      "The network is chaotic: by theory squared gradients grow by x\(MessageNumber.number(theory.chi1)) "
      + "per layer.\(critical ?? "")"
  }
}
