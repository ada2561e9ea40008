import NetworkGraph
import SampleStatistics
import SignalPropagation

/// Units of a bounded activation stand at their limits, where its slope is next to nothing.
public struct SaturatedUnits: Rule {
  public static let name = "saturated-units"
  public static let summary = "Units stand at the limits of a bounded activation."
  public static let explanation = """
    A unit is saturated when |f'| is below 5% of its maximum for 95% of the samples. Only activations with a limit on both \
    sides are judged (tanh, sigmoid, hard_tanh, softsign and their like); rectifiers are cut off on one side by design. The \
    share counts where its lower bound (Hoeffding, false-alarm rate 0.001 divided by the number of layers) lies above a \
    quarter. Saturation multiplies gradients by a twentieth or less, which the rules on gradients measure; networks train \
    with up to 84% in their worst layer, so that a share by itself is a warning. It is an error where slopes are \
    exactly zero and no gradient is left below.
    """
  public static let remedy = """
    Shrink the weights' variance (glorot_uniform or lecun_normal for tanh and sigmoid), and standardize the inputs: raw \
    pixel values saturate the first layer.
    """
  public static let status: Verdict.Status? = .saturated
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "saturated units stop every gradient"),
    (.warning, "more than a quarter of a layer's units are saturated"),
  ]

  static let falseAlarmRate = 1e-3
  static let shareBound = 0.25

  public init() {}

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let hidden = zip(run.hiddenLayers, context.network.nodes).filter { Self.isBounded($1.layer.activation) }
    let rate = Self.falseAlarmRate / Double(max(1, hidden.count))
    let saturated = hidden.filter { layer, node in
      let margin = Estimators.hoeffdingMargin(oneSided: rate, count: node.independentUnits * context.replicas)
      return Self.share(layer) - margin > Self.shareBound
    }.map(\.0)
    guard let worst = saturated.max(by: { Self.share($0) < Self.share($1) }) else { return [] }
    let isClosed = saturated.contains { $0.gradient.secondMoment > 0 && $0.preactivationGradient.secondMoment == 0 }
    return [
      Finding(
        rule: Self.name, severity: isClosed ? .error : .warning, layers: saturated.map(\.index),
        evidence: [
          "layer": .text(worst.name), "saturatedFraction": .number(Self.share(worst)),
          "bound": .number(Self.shareBound), "falseAlarmRate": .number(Self.falseAlarmRate),
        ], message: Self.message(saturated, worst, isClosed: isClosed))
    ]
  }

  /// Whether the activation has a finite limit on either side.
  static func isBounded(_ activation: Activation) -> Bool {
    activation.laws.atInfinity?.valuePower == 0
  }

  private static func share(_ layer: LayerResult) -> Double { layer.activation.saturatedFraction ?? 0 }

  // MARK: Messages

  static func message(_ layers: [LayerResult], _ worst: LayerResult, isClosed: Bool) -> String {
    let count = layers.count == 1 ? "this layer alone" : "\(layers.count) layers"
    return """
      \(Figures.percent(share(worst))) of the units of layer \(worst.name) are saturated (bound \
      \(Figures.percent(shareBound)), passed by \(count)). \
      \(isClosed ? "Their slope is exactly zero: no gradient passes." : "They pass less than a twentieth of the gradient.")
      """
  }
}
