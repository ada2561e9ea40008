import Glibc
import MeanField
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds initializers whose gain does not suit the activation at this depth.
public struct GainMismatch: Rule {
  public static let name = "gain-mismatch"
  public static let summary = "The scheme's gain does not suit the activation at this depth."
  public static let explanation = """
    Mean-field theory gives chi1, the factor per layer of squared gradients at the activation's fixed point under the declared \
    weight and bias variance. Over the hidden layers the factors multiply. Judged are plain chains of dense and \
    convolutional layers: normalization and residual sums set gains of their own. Nothing is measured, so that no \
    false-alarm rate applies.
    """
  public static let remedy = """
    Use the weight variance that the message names, at which chi1 is 1: 2/fan_in (he_normal) for ReLU, 1/fan_in (lecun_normal) \
    for tanh; for GELU, SiLU and Mish with the biases that it names, for without them no weight variance keeps signal and \
    gradients both. Where the network file names the scheme, change it there: --init fills only what no layer names.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "squared gradients change by a factor of 100 or more over the hidden layers"),
    (.note, "by a factor of 10 or more"),
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { (finding.figure("log10Gradients") ?? 0).magnitude }

  private struct Setting: Hashable {
    var activation: Activation
    var weightVariance: Double
    var biasVariance: Double
  }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    guard !context.assignment.isOfFile, context.network.nodes.allSatisfy({ Self.isPlain($0.layer) }) else { return [] }
    let nodes = context.network.nodes
    let hidden = nodes.indices.dropLast().filter { context.assignment.weightLaw(for: nodes[$0]) != nil }
    guard hidden.count > 1 else { return [] }
    var theories: [Setting: MeanFieldTheory] = [:]
    var steps: [(layer: Int, setting: Setting, theory: MeanFieldTheory)] = []
    for index in hidden.dropFirst() {
      guard let setting = Self.setting(of: context.network.nodes[index], context) else { return [] }
      guard let theory = theories[setting] ?? Self.theory(setting), theory.chi1 > 0, theory.chi1.isFinite else { return [] }
      theories[setting] = theory
      steps.append((index + 1, setting, theory))
    }
    let decades = steps.reduce(0) { $0 + log10($1.theory.chi1) }
    guard abs(decades) >= 1 else { return [] }
    // The layers that carry most of the change in its direction.
    let blamed = steps.filter { log10($0.theory.chi1) * decades > 0 }
    guard let worst = blamed.max(by: { abs(log($0.theory.chi1)) < abs(log($1.theory.chi1)) }) else { return [] }
    var evidence: [String: Finding.Evidence] = [
      "layer": .text(run.layers[worst.layer - 1].name), "activation": .text(worst.setting.activation.description),
      "chi1": .number(worst.theory.chi1), "weightVarianceTimesFanIn": .number(worst.setting.weightVariance),
      "biasVariance": .number(worst.setting.biasVariance), "log10Gradients": .number(decades),
      "steps": .number(Double(steps.count)),
    ]
    let node = context.network.nodes[worst.layer - 1]
    let tensor = node.parameters.first { $0.role == .weight }
    let own = tensor.flatMap { context.assignment.initializer(of: $0) } ?? context.assignment.initializer
    let isNamed = tensor?.initializer != nil && tensor?.isStandard == false
    evidence["initializer"] = .text(own.description)
    evidence["tensor"] = tensor.map { .text($0.path(in: node.name)) }
    // Not the critical variance at these biases, since depth may lead away from it (GELU's without biases is 4).
    let advised = try? CriticalLine(worst.setting.activation).recommendation()
    if let advised {
      evidence["criticalWeightVarianceTimesFanIn"] = .number(advised.weightVariance)
      evidence["criticalBiasVariance"] = .number(advised.biasVariance)
    }
    return [
      Finding(
        rule: Self.name, severity: abs(decades) >= 2 ? .warning : .note, layers: blamed.map(\.layer), evidence: evidence,
        message: Self.message(
          own.description, isNamed: isNamed, worst.setting, worst.theory, advised, decades: decades, steps: steps.count)
          + (isNamed ? Self.named(own, by: node.name, context) : ""))
    ]
  }

  private static func isPlain(_ layer: any Layer) -> Bool {
    layer is Dense || layer is any ConvolutionLayer || layer is Flatten || layer is Dropout || layer is MaxPool
      || layer is AveragePool || layer is GlobalAveragePool
  }

  private static func setting(of node: Network.Node, _ context: RuleContext) -> Setting? {
    guard let law = context.assignment.weightLaw(for: node), let shape = node.layer.weightShape(from: node.inputShapes),
      let size = law.rootMeanSquare(shape), size > 0, size.isFinite, law.mean(shape) == 0
    else { return nil }
    let bias = context.assignment.biasLaw(for: node)?.rootMeanSquare(shape) ?? 0
    return Setting(
      activation: node.layer.activation, weightVariance: rounded(size * size * Double(shape.fans.fanIn)),
      biasVariance: rounded(bias * bias))
  }

  /// Rounds to twelve digits, so that layers of one scheme and several widths share a setting.
  private static func rounded(_ x: Double) -> Double {
    guard x > 0 else { return x }
    let unit = pow(10, log10(x).rounded(.down) - 12)
    return (x / unit).rounded() * unit
  }

  private static func theory(_ setting: Setting) -> MeanFieldTheory? {
    try? MeanFieldTheory(
      activation: setting.activation, weightVariance: setting.weightVariance, biasVariance: setting.biasVariance)
  }

  // MARK: Messages

  /// Says where the scheme is named, and what `--init` has to do with it.
  private static func named(_ scheme: Initializer, by layer: String, _ context: RuleContext) -> String {
    let filled = context.network.weightsFilled(by: context.assignment.initializer)
    let reach =
      filled.isEmpty
      ? "--init fills nothing here" : "--init fills only \(filled.count == 1 ? filled[0] : "\(filled.count) other tensors")"
    return " Layer \(layer) names \(scheme) itself: change it there, \(reach)."
  }

  private static func message(
    _ initializer: String, isNamed: Bool, _ setting: Setting, _ theory: MeanFieldTheory, _ advised: CriticalPoint?,
    decades: Double, steps: Int
  ) -> String {
    let total = MessageNumber.decades(decades)
    let scheme = isNamed ? " of \(initializer)" : ""
    let remedy =
      advised.map { point in
        let biases =
          point.biasVariance > 0 ? " with biases of deviation \(shortNumber(point.biasDeviation, digits: 4))" : ""
        return ", for which theory recommends \(shortNumber(point.weightVariance, digits: 4))/fan_in\(biases)"
      } ?? ""
    return """
      The weight variance \(shortNumber(setting.weightVariance, digits: 4))/fan_in\(scheme) does not suit \
      \(setting.activation)\(remedy). By theory squared gradients change by x\(shortNumber(theory.chi1, digits: 3)) per layer, \
      x\(total) over \(steps) layers.
      """
  }
}
