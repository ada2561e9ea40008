import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds pre-activations with a mean that all units share, so that the layer's units move together.
public struct MeanShift: Rule {
  public static let name = "mean-shift"
  public static let summary = "Pre-activations have a common mean."
  public static let explanation = """
    Weights and biases of mean zero give pre-activations of mean zero: over n units and R replicas it scatters with \
    standard deviation at most sqrt(E z^2 / nR), reached where all samples are alike. A layer counts where its mean \
    lies beyond that at a false-alarm rate of 0.001 divided by the number of layers, and beyond half of the root mean \
    square, so that a quarter of the signal's power is an offset. Layers whose reader normalizes it away are left out, \
    and an output layer whose bias is declared to have a mean: the prior of its answers. The bound is a convention. \
    None of the networks that were trained to find bounds has such weights, so that no finding of this rule is an \
    error.
    """
  public static let remedy = """
    Draw weights symmetrically about zero (uniform(low=0,high=1) is not), start biases from zero, and standardize inputs.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "the mean exceeds half of the root mean square")
  ]

  static let falseAlarmRate = 1e-3
  static let shareBound = 0.5

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("meanToRootMeanSquare") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let normalized = Set(context.network.nodes.filter { $0.layer.traits.contains(.normalizes) }.flatMap(\.inputs))
    let gates = OpeningLayers.names(context.network)
    let judged = zip(run.layers, context.network.nodes).filter { layer, node in
      !node.layer.traits.contains(.besideOutput) && !gates.contains(layer.name)
        && !(layer.index - 1 == run.outputIndex && Self.hasPrior(layer, node, context))
        && layer.weights != nil && !normalized.contains(layer.name) && layer.preactivation.secondMoment > 0
    }
    guard !judged.isEmpty else { return [] }
    let quantile = Estimators.normalQuantile(twoSided: Self.falseAlarmRate / Double(judged.count))
    let shifted = judged.filter { layer, node in
      let chance = quantile / Double(node.independentUnits * context.replicas).squareRoot()
      return Self.share(layer) > max(chance, Self.shareBound)
    }.map(\.0)
    guard let first = shifted.first else { return [] }
    return [
      Finding(
        rule: Self.name, severity: .warning, layers: shifted.map(\.index),
        evidence: [
          "layer": .text(first.name), "mean": .number(first.preactivation.mean),
          "meanToRootMeanSquare": .number(Self.share(first)), "bound": .number(Self.shareBound),
          "falseAlarmRate": .number(Self.falseAlarmRate),
        ], message: Self.message(first, count: shifted.count))
    ]
  }

  /// Whether the bias is declared, or given, with a mean.
  private static func hasPrior(_ layer: LayerResult, _ node: Network.Node, _ context: RuleContext) -> Bool {
    if let given = context.given.biases[node.name] { return given.contains { $0 != 0 } }
    guard let bias = node.parameters.first(where: { $0.role == .bias }) else { return false }
    let law = context.assignment.law(for: bias, of: node.name)
    if case .unknown = law { return layer.bias.map { $0.min != 0 || $0.max != 0 } ?? false }
    return (law.mean(bias.shape) ?? 0) != 0
  }

  /// |mean| in units of the root mean square; 0 where the quotient leaves Double's range.
  private static func share(_ layer: LayerResult) -> Double {
    let share = layer.preactivation.mean.magnitude / layer.preactivation.secondMoment.squareRoot()
    return share.isFinite ? share : 0
  }

  // MARK: Messages

  static func message(_ first: LayerResult, count: Int) -> String {
    """
    A constant offset dominates layer \(first.name), so that all its units move together: its pre-activations have the mean \
    \(MessageNumber.number(first.preactivation.mean)), which is \(MessageNumber.percent(share(first))) of their root mean \
    square (bound \(MessageNumber.percent(shareBound)), exceeded by \
    \(count == 1 ? "this layer alone" : "\(count) layers")). Draw weights symmetrically about zero, and standardize inputs.
    """
  }
}
