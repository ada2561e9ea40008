import SignalPropagation

/// Finds activations that shrink from layer to layer until little of the input is left.
public struct VanishingActivations: Rule {
  public static let name = "vanishing-activations"
  public static let summary = "Activations shrink from layer to layer."
  public static let explanation = """
    Measured and held against chance as exploding-activations is. Small activations by themselves do not stop training: a \
    larger learning rate or a normalization recovers the scale. They do where gradients shrink with them, as in every plain \
    network. Of \(BoundEvidence.networks), none that trains loses more than 3.9 decades; an error is a loss of more than 5 \
    in both directions.
    """
  public static let remedy = """
    Divide the weights' standard deviation by the square root of the growth per layer (by 0.5 where it is x0.25), or use \
    the activation's own scheme (he_normal for rectifiers, lecun_normal for tanh and selu).
    """
  public static let status: Verdict.Status? = .vanishing
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean square shrinks by more than 10^5 over the hidden layers, and that of gradients too"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// In decades. The largest loss of a network that trains is 3.87.
  static let errorBound = 5.0

  public init() {}

  public static func size(of finding: Finding) -> Double { DriftJudgement.size(of: finding) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let drift = SignalDrift(.activations, in: run, context)
    guard let judgement = DriftJudgement(drift, growing: false, error: Self.errorBound) else { return [] }
    let gradients = VanishingGradients.judgement(run, context)
    let severity: Finding.Severity =
      judgement.drift.isNormalizedAway
      ? .note : judgement.severity == .error && gradients?.severity != .error ? .warning : judgement.severity
    return [judgement.finding(of: Self.name, severity, consequence: Self.consequence(severity))]
  }

  // MARK: Messages

  static func consequence(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "Gradients shrink as well, so that no learning rate can make up for it."
    case .warning: "Training needs a large learning rate, and will be slower than it could be."
    case .note: "This network should still train; a deeper one may not."
    }
  }
}
