import SignalPropagation

/// Finds gradients that grow on their way from the output to the input, so that the first steps ruin the first layers.
public struct ExplodingGradients: Rule {
  public static let name = "exploding-gradients"
  public static let summary = "Gradients grow on their way from the output to the input."
  public static let explanation = """
    The slope of log10 of the mean squared gradient against depth, from the last hidden layer to the first, is averaged \
    over replicas and held against chance as in exploding-activations. Of \(BoundEvidence.networks), none that trains gains \
    more than 5.9 decades; the bound of an error is 6. Where theory names the cause, a chaotic phase, the rule chaotic \
    speaks in place of this one. Batch normalization makes gradients grow by itself, about 1.2 to 1.5 times per layer (Yang \
    et al. 2019).
    """
  public static let remedy = """
    Lower the weights' variance to the point where gradients keep their size (theory's critical weight variance, see \
    initscope theory). With batch normalization, add residual sums or use fewer layers.
    """
  public static let status: Verdict.Status? = .exploding
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean squared gradient grows by more than 10^6 over the hidden layers"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// In decades. The largest gain of a network that trains is 5.81.
  static let errorBound = 6.0

  public init() {}

  public static func size(of finding: Finding) -> Double { DriftJudgement.size(of: finding) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let drift = SignalDrift(.gradients, in: run, context)
    guard let judgement = DriftJudgement(drift, growing: true, error: Self.errorBound), !Chaotic.explains(run, context)
    else { return [] }
    return [judgement.finding(of: Self.name, consequence: Self.consequence(judgement.severity))]
  }

  // MARK: Messages

  static func consequence(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "A learning rate small enough for the first layers is too small for the last to learn."
    case .warning: "The first layers get the largest steps and limit the learning rate of all."
    case .note: "This network should still train; a deeper one may not."
    }
  }
}
