import SignalPropagation

/// Finds activations that grow from layer to layer until the loss, and with it each training step, is far too large.
public struct ExplodingActivations: Rule {
  public static let name = "exploding-activations"
  public static let summary = "Activations grow from layer to layer."
  public static let explanation = """
    The slope of log10 of the mean square against depth, over the hidden layers with weights, is averaged over replicas; \
    times the layers passed it is the drift in decades. What pooling takes from a mean square on the way is put back, and a \
    drift that a normalization takes away on every path to the output is a note at most. It counts where chance does not \
    explain it at a false-alarm rate of 0.001: the narrower of the replicas' Student interval and theory's standard error \
    (where theory has none, the scatter of a ReLU network of this width, log(1 + 5/n) per layer). How much drift matters \
    was measured: of \(BoundEvidence.networks), none that trains drifts by more than 5.6 decades, and the bound of an error \
    is 6. Where paths lead around layers, what happens in a branch counts only as far as the signal that all paths pass, \
    such as residual sums, shows it. Sums without normalization double the mean square at each block; that is judged as \
    any growth, since deep ones do not train either.
    """
  public static let remedy = """
    Divide the weights' standard deviation by the square root of the growth per layer, or use the activation's own scheme \
    (he_normal for rectifiers, lecun_normal for tanh and selu). In residual networks normalize, scale the branches down, or \
    start them from zero (fixup, skipinit).
    """
  public static let status: Verdict.Status? = .exploding
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean square grows by more than 10^6 over the hidden layers"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// In decades. The largest drift of a network that trains is 5.59.
  static let errorBound = 6.0

  public init() {}

  public static func size(of finding: Finding) -> Double { DriftJudgement.size(of: finding) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let drift = SignalDrift(.activations, in: run, context)
    guard let judgement = DriftJudgement(drift, growing: true, error: Self.errorBound) else { return [] }
    let severity = judgement.drift.isNormalizedAway ? .note : judgement.severity
    return [judgement.finding(of: Self.name, severity, consequence: Self.consequence(severity))]
  }

  // MARK: Messages

  static func consequence(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "The loss starts far too large, and no usual learning rate is small enough."
    case .warning: "Training needs a small learning rate, and will be slower than it could be."
    case .note: "This network should still train; a deeper one may not."
    }
  }
}
