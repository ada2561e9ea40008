import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds units of a bounded activation that are at its limits, where its slope is almost zero.
public struct SaturatedUnits: Rule {
  public static let name = "saturated-units"
  public static let summary = "Units, or most entries, stand at the limits of a bounded activation."
  public static let explanation = """
    An entry, one unit for one sample, is saturated when |f'| is below 5% of its maximum; a unit is when it is so for 95% \
    of the samples. Only hidden layers whose activation has a limit on both sides are judged (tanh, sigmoid, hard_tanh, \
    softsign and their like, and the gates of recurrent cells); rectifiers are cut off on one side by design, and an output \
    layer that is sure of its answer is no fault. A layer counts where more than a quarter of its units or more than half \
    of its entries are saturated, by the lower bound of the share (Hoeffding, false-alarm rate 0.001 divided by the number \
    of layers). Saturation multiplies gradients by a twentieth or less, which the rules on gradients measure; networks \
    train with up to 89% in their worst layer, so that a share by itself is a warning. It is an error where slopes are \
    exactly zero and no gradient is left below.
    """
  public static let remedy = """
    Shrink the weights' variance (glorot_uniform or lecun_normal for tanh and sigmoid), and standardize the inputs: raw \
    pixel values saturate the first layer.
    """
  public static let status: Verdict.Status? = .saturated
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "saturated units stop every gradient"),
    (.warning, "more than a quarter of a layer's units, or half of its entries, are saturated"),
  ]

  static let falseAlarmRate = 1e-3
  static let shareBound = 0.25
  /// The share of entries that may be saturated. With N(0, 1) pre-activations it is 2.9% for tanh; with a deviation of 3.2
  /// it is half.
  static let entriesBound = 0.5

  public init() {}

  public static func size(of finding: Finding) -> Double {
    max(
      (finding.figure("saturatedFraction") ?? 0) / shareBound, (finding.figure("saturatedEntries") ?? 0) / entriesBound)
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let output = context.network.outputIndex
    let hidden = zip(run.layers, context.network.nodes).filter { layer, node in
      layer.index <= output && Self.isBounded(node.layer)
    }
    let rate = Self.falseAlarmRate / Double(max(1, hidden.count))
    let saturated = hidden.filter { layer, node in
      let margin = Estimators.hoeffdingMargin(oneSided: rate, count: node.independentUnits * context.replicas)
      return Self.share(layer) - margin > Self.shareBound || Self.entries(layer) - margin > Self.entriesBound
    }.map(\.0)
    guard let worst = saturated.max(by: { Self.excess($0) < Self.excess($1) }) else { return [] }
    let isClosed = saturated.contains { $0.gradient.secondMoment > 0 && $0.preactivationGradient.secondMoment == 0 }
    return [
      Finding(
        rule: Self.name, severity: isClosed ? .error : .warning, layers: saturated.map(\.index),
        evidence: [
          "layer": .text(worst.name), "saturatedFraction": .number(Self.share(worst)),
          "saturatedEntries": .number(Self.entries(worst)), "bound": .number(Self.shareBound),
          "entriesBound": .number(Self.entriesBound), "falseAlarmRate": .number(Self.falseAlarmRate),
        ], message: Self.message(saturated, worst, isClosed: isClosed))
    ]
  }

  /// Whether the activation has a finite limit on either side.
  package static func isBounded(_ activation: Activation) -> Bool {
    activation.laws.atInfinity?.valuePower == 0
  }

  /// Whether the layer's nonlinearities have limits: its activation's, or those of a cell's gates.
  static func isBounded(_ layer: any Layer) -> Bool {
    isBounded(layer.activation) || !layer.gates.isEmpty && layer.gates.allSatisfy { isBounded($0.activation) }
  }

  private static func entries(_ layer: LayerResult) -> Double { layer.activation.saturatedEntries ?? 0 }

  /// The larger of the two shares, each divided by its bound.
  private static func excess(_ layer: LayerResult) -> Double {
    max(share(layer) / shareBound, entries(layer) / entriesBound)
  }

  private static func share(_ layer: LayerResult) -> Double { layer.activation.saturatedFraction ?? 0 }

  // MARK: Messages

  static func message(_ layers: [LayerResult], _ worst: LayerResult, isClosed: Bool) -> String {
    let count = layers.count == 1 ? "this layer alone" : "\(layers.count) layers"
    let consequence =
      isClosed
      ? "Their slope is exactly zero: no gradient passes."
      : "They pass less than a twentieth of the gradient."
    if entries(worst) / entriesBound > share(worst) / shareBound {
      return """
        \(MessageNumber.percent(entries(worst))) of the values of layer \(worst.name), units times samples, are saturated: \
        the activation is nearly flat there (bound \(MessageNumber.percent(entriesBound)), exceeded by \(count)). \
        \(consequence)
        """
    }
    return """
      \(MessageNumber.percent(share(worst))) of the units of layer \(worst.name) are saturated: the activation is nearly \
      flat there (bound \(MessageNumber.percent(shareBound)), exceeded by \(count)). \(consequence)
      """
  }
}
