import NetworkGraph
import SampleStatistics
import SignalPropagation

/// Units are zero for every sample of the batch and learn nothing.
public struct DeadUnits: Rule {
  public static let name = "dead-units"
  public static let summary = "Units are zero for the whole batch."
  public static let explanation = """
    A unit is dead when it is exactly zero for every sample; rectifiers then pass it no gradient. The share of dead units \
    counts where its lower bound (Hoeffding, units and replicas as independent draws, false-alarm rate 0.001 divided by \
    the number of layers) lies above a quarter. Some are no fault: with the batch's samples at mean cosine 1 half of all \
    ReLU units are dead. Of \(Calibration.networks), those that train have up to 49% in their worst layer, at a median \
    accuracy of 0.68 beyond the bound and of 0.83 below it; a share by itself is therefore a warning. A signal that dies \
    out altogether, without a path around the layer, is an error.
    """
  public static let remedy = """
    Use he_normal with zero biases, or an activation that lets negative inputs through (leaky_relu, elu, gelu). Inputs that \
    are not centred and biases that are negative push units below zero.
    """
  public static let status: Verdict.Status? = .dead
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "a hidden layer is zero and no gradient reaches the first layer"),
    (.warning, "more than a quarter of a layer's units are dead, or the signal dies out in some replicas"),
  ]

  static let falseAlarmRate = 1e-3
  static let shareBound = 0.25

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let hidden = Array(run.hiddenLayers)
    guard let first = hidden.first, let last = hidden.last else { return [] }
    let silent = hidden.filter { $0.activation.deadFraction == 1 }
    // An output layer of zeros passes no gradient either, and learns: what counts is where a gradient that arrived is lost.
    let isGradientLost = last.gradient.secondMoment > 0 && first.preactivationGradient.secondMoment == 0
    if !silent.isEmpty, last.activation.secondMoment == 0 || isGradientLost {
      return [Self.finding(.error, silent, share: 1, Self.silence(silent))]
    }
    if let lost = hidden.first(where: { Self.isLostInSomeReplica($0.activation) }) {
      return [Self.finding(.warning, [lost], share: lost.activation.deadFraction ?? 0, Self.partialSilence(lost.name))]
    }
    // Layers of zeros on purpose (Fixup's last of each branch) and linear ones are not cut off by an activation.
    let judged = zip(hidden, context.network.nodes).filter { layer, node in
      layer.weights?.variance != 0 && layer.activation.deadFraction != nil
        && node.layer.activation.entry.name != Activation.identity.entry.name
    }
    let rate = Self.falseAlarmRate / Double(max(1, judged.count))
    let dead = judged.filter { layer, node in
      let margin = Estimators.hoeffdingMargin(oneSided: rate, count: node.independentUnits * context.replicas)
      return (layer.activation.deadFraction ?? 0) - margin > Self.shareBound
    }.map(\.0)
    guard let worst = dead.max(by: { ($0.activation.deadFraction ?? 0) < ($1.activation.deadFraction ?? 0) }) else {
      return []
    }
    let share = worst.activation.deadFraction ?? 0
    return [Self.finding(.warning, dead, share: share, Self.message(dead, worst.name, share: share))]
  }

  /// Zero in one replica and not in another: the logarithm's mean does not exist.
  private static func isLostInSomeReplica(_ signal: SignalSummary) -> Bool {
    signal.log10SecondMoment == nil && signal.nonFinite == 0 && signal.secondMoment > 0 && signal.secondMoment.isFinite
  }

  private static func finding(
    _ severity: Finding.Severity, _ layers: [LayerResult], share: Double, _ message: String
  ) -> Finding {
    Finding(
      rule: name, severity: severity, layers: layers.map(\.index),
      evidence: [
        "layer": .text(layers[0].name), "deadFraction": .number(share), "bound": .number(shareBound),
        "falseAlarmRate": .number(falseAlarmRate),
      ], message: message)
  }

  // MARK: Messages

  static func silence(_ layers: [LayerResult]) -> String {
    "All units of \(Figures.layers(layers)) are zero for the whole batch: no signal passes forward, and no gradient back."
  }

  static func partialSilence(_ layer: String) -> String {
    """
    In some replicas layer \(layer) is zero for the whole batch, and in others not: whether this network learns depends on \
    its seed.
    """
  }

  static func message(_ layers: [LayerResult], _ worst: String, share: Double) -> String {
    """
    \(Figures.percent(share)) of the units of layer \(worst) are zero for the whole batch (bound \
    \(Figures.percent(shareBound)), passed by \(layers.count == 1 ? "this layer alone" : "\(layers.count) layers")): they \
    learn nothing until their inputs move.
    """
  }
}
