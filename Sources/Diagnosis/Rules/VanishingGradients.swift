import SignalPropagation

/// Gradients shrink on their way from the output to the input, so that the first layers do not learn.
public struct VanishingGradients: Rule {
  public static let name = "vanishing-gradients"
  public static let summary = "Gradients shrink on their way from the output to the input."
  public static let explanation = """
    The slope of log10 of the mean squared gradient against depth, from the last hidden layer to the first, is averaged \
    over replicas and held against chance as in exploding-activations. Layers then differ in the size of their gradients by \
    the drift, while one learning rate serves all (Glorot and Bengio 2010). Of \(Calibration.networks), none that trains \
    loses more than 4.2 decades; the bound of an error is 5.
    """
  public static let remedy = """
    Raise the weights' variance to the point where gradients keep their size (theory's critical weight variance, see \
    initscope theory), choose an activation that does not saturate, or add residual sums.
    """
  public static let status: Verdict.Status? = .vanishing
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean squared gradient shrinks by more than 10^5 over the hidden layers"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// Decades; the largest loss of a network that trains is 4.14.
  static let errorBound = 5.0

  public init() {}

  static func judgement(_ run: InitializerRun, _ context: RuleContext) -> DriftJudgement? {
    DriftJudgement(SignalDrift(.gradients, in: run, context), growing: false, error: errorBound)
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard let judgement = Self.judgement(run, context) else { return [] }
    return [judgement.finding(of: Self.name, consequence: Self.consequence(judgement.severity))]
  }

  // MARK: Messages

  static func consequence(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "At a learning rate that the last layers bear the first do not learn."
    case .warning: "The first layers learn more slowly than the last."
    case .note: "Training bears it; more layers would not."
    }
  }
}
