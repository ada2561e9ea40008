import Glibc
import MeanField
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds initializers whose gain does not suit the activation at this depth.
public struct GainMismatch: Rule {
  public static let name = "gain-mismatch"
  public static let summary = "The variance of the weights does not suit the activation at this depth."
  public static let explanation = """
    Mean-field theory gives chi1, the factor per layer of squared gradients at the activation's fixed point under the \
    declared weight and bias variance. Over the hidden layers the factors multiply. Judged are plain chains of dense \
    and convolutional layers: normalization and residual sums set gains of their own. Only what is declared is judged, \
    and nothing that was measured, so that chance plays no part. Where the layers at hand show another growth, because \
    their variance has not settled yet, the message says so.
    """
  public static let remedy = """
    Use the weight variance that the message names, at which gradients keep their size (chi1 is 1): 2/fan_in (he_normal) \
    for ReLU, 1/fan_in (lecun_normal) for tanh; for GELU, SiLU and Mish with the biases that it names, for without them no \
    weight variance keeps signal and gradients both. Where the network file names the scheme, change it there: --init fills \
    only what no layer names.
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
    guard context.network.nodes.allSatisfy({ Self.isPlain($0.layer) }) else { return [] }
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
    let fanIn = node.layer.weightShape(from: node.inputShapes).map { Double($0.fans.fanIn) } ?? 1
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
        message: Self.message(isNamed ? own.description : nil, worst.setting, advised, fanIn: fanIn) + " "
          + Self.effect(worst.theory, decades: decades, steps: steps.count)
          + (Self.transition(worst.theory, run, layer: worst.layer - 1, steps: steps.count) ?? "")
          + (isNamed ? Self.named(own, by: node.name, context) : ""))
    ]
  }

  /// Whether the layer is of those that a chain of weights and activations consists of: one signal in, no scale of its own.
  private static func isPlain(_ layer: any Layer) -> Bool {
    let traits = layer.traits
    return traits.contains(.rowPerUnit) || traits.contains(.stochastic) || traits.contains(.pools)
      || traits.keepsEveryValue && !traits.contains(.joins)
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
    _ named: String?, _ setting: Setting, _ advised: CriticalPoint?, fanIn: Double
  ) -> String {
    let activation = setting.activation
    let weights = named.map { "The weights of \($0) have" } ?? "The weights have"
    let variance = "\(weights) the variance \(MessageNumber.number(setting.weightVariance / fanIn))"
    guard let advised else { return "\(variance), which does not suit \(activation)." }
    let right = "\(shortNumber(advised.weightVariance, digits: 4))/fan_in"
    let biases = " with biases of deviation \(shortNumber(advised.biasDeviation, digits: 4))"
    let isRight = (setting.weightVariance / advised.weightVariance - 1).magnitude < 0.05
    guard isRight else {
      return """
        \(variance), where theory recommends \(MessageNumber.number(advised.weightVariance / fanIn)) (\(right)) for \
        \(activation)\(advised.biasVariance > 0 ? biases : "").
        """
    }
    let own =
      setting.biasVariance > 0
      ? "have the deviation \(shortNumber(setting.biasVariance.squareRoot(), digits: 4))" : "are zero"
    let condition = advised.biasVariance > 0 ? "only\(biases)" : "only without biases"
    return """
      \(weights) the variance that theory recommends for \(activation), \(right), though \(condition); here biases \(own).
      """
  }

  private static func effect(_ theory: MeanFieldTheory, decades: Double, steps: Int) -> String {
    """
    By theory squared gradients change by x\(MessageNumber.number(theory.chi1)) per layer, \
    x\(MessageNumber.power(log10: decades)) over \(steps) layer\(steps == 1 ? "" : "s").
    """
  }

  /// Why the measured growth is another: theory's holds where the variance of pre-activations has settled. Nil where it has,
  /// and where both agree within a factor of 3 over all layers.
  private static func transition(_ theory: MeanFieldTheory, _ run: InitializerRun, layer: Int, steps: Int) -> String? {
    guard let growth = run.backwardGrowth, growth.log10.isFinite,
      ((growth.log10 - log10(theory.chi1)) * Double(steps)).magnitude > log10(3.0)
    else { return nil }
    let variance = run.layers[layer].preactivation.secondMoment
    guard variance.isFinite else { return nil }
    let place: String
    if let q = theory.qStar {
      guard (variance - q).magnitude > 0.2 * q else { return nil }
      place = q == 0 ? "fallen to 0" : "settled at \(MessageNumber.number(q))"
    } else {
      place = "become large"
    }
    return """
       That is so in deep layers, where the variance of pre-activations has \(place). In the layers of this network it \
      has not, and gradients change by x\(MessageNumber.number(pow(10, growth.log10))) per layer.
      """
  }
}
