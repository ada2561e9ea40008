import NetworkGraph
import SignalPropagation

/// Finds gradients that shrink on their way from the output to the input, so that the first layers do not learn.
public struct VanishingGradients: Rule {
  public static let name = "vanishing-gradients"
  public static let summary = "Gradients shrink on their way from the output to the input."
  public static let explanation = """
    The slope of log10 of the mean squared gradient against depth, from the last hidden layer to the first, is averaged \
    over replicas and held against chance as in exploding-activations. Layers then differ in the size of their \
    gradients by the drift, while one learning rate serves all (Glorot and Bengio 2010). Layers with weights count. \
    Where the number of positions changes between them (strides, pooling, flatten), gradients are summed over positions \
    first. An average over n positions hands 1/n of the gradient to each of them. That is no loss, since all n change \
    the average together: it is multiplied by n before layers are compared. Layers of different widths are compared by \
    the sum of squares over their units, which a healthy funnel keeps. A gradient that is exactly zero without zeros by \
    design above it is an error, however many layers there are. Of \(BoundEvidence.networks), none that trains loses \
    more than 4.2 decades; the bound of an error is 5.
    """
  public static let remedy = """
    Raise the weights' variance to the point where gradients keep their size (theory's critical weight variance, see \
    initscope theory), choose an activation that does not saturate, or add residual sums.
    """
  public static let status: Verdict.Status? = .vanishing
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "the mean squared gradient shrinks by more than 10^5 over the hidden layers, or is exactly zero below one"),
    (.warning, "by more than 100"), (.note, "by more than 10"),
  ]

  /// In decades. The largest loss of a network that trains is 4.14.
  static let errorBound = 5.0

  public init() {}

  public static func size(of finding: Finding) -> Double { DriftJudgement.size(of: finding) }

  static func judgement(_ run: InitializerRun, _ context: RuleContext) -> DriftJudgement? {
    DriftJudgement(SignalDrift(.gradients, in: run, context), growing: false, error: errorBound)
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    if let lost = Self.lost(run, context) { return [lost] }
    guard let judgement = Self.judgement(run, context) else { return [] }
    return [judgement.finding(of: Self.name, consequence: Self.consequence(judgement.severity))]
  }

  /// The finding for a layer that gets a signal and no gradient, although a gradient arrives at the output and no zeros by
  /// design stop it.
  private static func lost(_ run: InitializerRun, _ context: RuleContext) -> Finding? {
    let path = SignalPath(run, context)
    guard path.arrives, let output = run.layers.last?.gradient, output.log10SecondMoment != nil else { return nil }
    let lost = run.hiddenLayers.filter { layer in
      let place = layer.index - 1
      return layer.weights != nil && path.isAlive[place] && !path.isBypassed[place] && !path.isGradientZeroByDesign[place]
        && SignalPath.isZero(layer.gradient)
    }
    guard let highest = lost.last else { return nil }
    // Gradients of classes sum to zero, and equal rows of an output layer pass their sum alone: until the first step, which
    // makes the rows different.
    let last = run.layers[path.outputIndex]
    if last.units > 1, last.weights?.variance == 0, context.backward.loss == .crossEntropy,
      lost.count == run.hiddenLayers.count(where: { $0.weights != nil })
    {
      return nil
    }
    return Finding(
      rule: name, severity: .error, layers: lost.map(\.index),
      evidence: ["layer": .text(highest.name), "secondMoment": .number(0)], message: lostMessage(lost))
  }

  // MARK: Messages

  static func lostMessage(_ layers: [LayerResult]) -> String {
    """
    The gradient at \(LayerText.range(layers)) is exactly zero in every drawing of the weights, though the output gets one: \
    the layers above stop it, and nothing below learns.
    """
  }

  static func consequence(_ severity: Finding.Severity) -> String {
    switch severity {
    case .error: "A learning rate small enough for the last layers is too small for the first to learn."
    case .warning: "The first layers learn more slowly than the last."
    case .note: "This network should still train; a deeper one may not."
    }
  }
}
