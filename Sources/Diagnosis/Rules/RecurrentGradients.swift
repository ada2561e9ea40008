import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds gradients that grow or shrink on their way back through the steps of a recurrent layer.
public struct RecurrentGradients: Rule {
  public static let name = "recurrent-gradients"
  public static let summary = "Gradients grow or shrink on their way back through time."
  public static let explanation = """
    The mean square of the gradient with respect to a recurrent layer's state is compared between the first step and the \
    last, as a mean of its log10 over replicas. The way back is followed in units that shrink with the gradient, so that it \
    is known far below what Float32 holds (in LSTM and GRU nodes of a model from a file it is zero from there on); where it \
    is exactly zero (rectified units that are all off), that is said. Of two directions the first is followed. Where all \
    states are returned, each step adds a gradient of its own, and the number of steps is taken off. Recurrent weights \
    of spectral radius r multiply it by r^2 per step before the nonlinearity's slope (Pascanu et al. 2013). The bounds are \
    conventions: growth needs clipping from a factor of 100 on; a loss of 10^6 leaves the first steps without influence on \
    what is learned.
    """
  public static let remedy = """
    Draw recurrent weights orthogonal with gain 1 (the default), or scale them to a spectral radius of 1; gated cells hold \
    gradients longer, and clipping bounds what is left.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "growth by more than 100, a loss of more than 10^6, or a gradient that ends before the first step"),
    (.note, "growth by more than 10, or a loss of 10^3"),
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { (finding.figure("log10Change") ?? .infinity).magnitude }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    run.layers.compactMap { layer in
      guard let profile = layer.recurrence?.log10StateGradient, profile.count > 1 else { return nil }
      // Without a gradient at the last step none comes from above. Either it is zero by design, or other rules report it.
      guard layer.activation.nonFinite == 0, let last = profile[profile.count - 1], last.isFinite else { return nil }
      guard let first = profile[0], first.isFinite else { return Self.ended(layer, profile) }
      let steps = profile.count - 1
      var decades = first - last
      let addsUp = context.network.nodes[layer.index - 1].shape.dimensions.count > 1
      if addsUp, decades > 0 { decades = max(0, decades - log10(Double(profile.count))) }
      guard decades > 1 || decades < -3 else { return nil }
      return Finding(
        rule: Self.name, severity: decades > 2 || decades < -6 ? .warning : .note, layers: [layer.index],
        evidence: [
          "layer": .text(layer.name), "log10Change": .number(decades), "steps": .number(Double(steps)),
          "log10PerStep": .number(decades / Double(steps)), "cause": .text(decades > 0 ? "growth" : "loss"),
        ],
        message: Self.message(layer.name, decades: decades, steps: steps))
    }
  }

  /// The finding that the gradient is zero at the first step in at least one replica.
  private static func ended(_ layer: LayerResult, _ profile: [Double?]) -> Finding {
    // Steps are counted from 1.
    let earliest = (profile.lastIndex { $0 == nil } ?? 0) + 2, steps = profile.count
    return Finding(
      rule: name, severity: .warning, layers: [layer.index],
      evidence: [
        "layer": .text(layer.name), "steps": .number(Double(steps - 1)), "earliestStep": .number(Double(earliest)),
        "cause": .text("exactly zero"),
      ], message: endedMessage(layer.name, earliest: earliest, steps: steps))
  }

  // MARK: Messages

  private static func endedMessage(_ layer: String, earliest: Int, steps: Int) -> String {
    """
    Going back through layer \(layer), the gradient becomes exactly zero before step \(earliest) of \(steps), in at least \
    one replica. Earlier steps do not change what is learned.
    """
  }

  private static func message(_ layer: String, decades: Double, steps: Int) -> String {
    let head = """
      Squared gradients of layer \(layer) change by x\(MessageNumber.power(log10: decades / Double(steps))) per step on \
      their way back, x\(MessageNumber.power(log10: decades)) over \(steps) steps.
      """
    return decades > 0
      ? "\(head) The recurrent weights are too large: the early steps dominate the update."
      : "\(head) Early steps hardly change what is learned."
  }
}
