import Glibc
import NetworkGraph
import NumberText
import SampleStatistics
import SignalPropagation

/// Finds units that are zero for every sample of the batch, and so learn nothing.
public struct DeadUnits: Rule {
  public static let name = "dead-units"
  public static let summary = "Units are zero for the whole batch."
  public static let explanation = """
    A unit is dead when it is exactly zero for every sample (a channel or a feature: at every position, too); rectifiers \
    then pass it no gradient. A ReLU layer whose biases start at -5, for example, is negative for nearly every sample, so \
    that nothing passes and nothing learns. A signal that dies out altogether, without a path around the layer, is an \
    error. A share of dead units by itself is a warning. Layers whose weights or gain are declared zero are zero by design \
    where the signal passes around them, as at the end of a residual branch (Fixup, zero-gamma, SkipInit), or where they \
    are the output layer. Such a layer learns first. Until it has, the layers below it get no gradient, which is no fault. \
    A single layer of zeros in the only path, weights or gain, learns first, too, if its activation has a slope at zero: \
    its own gradient is not zero then. For ReLU there is none, and two such layers in a row give each other no gradient. \
    The same holds for zeros at the end of a branch with ReLU behind them: they never learn. Where all samples of the data \
    are equal (nothing-to-learn), units are constant for that reason, and their share is not judged. Where all samples of \
    the batch are alike, half of all ReLU units are dead without any fault. The output layer is judged where its \
    activation can cut it off. The share counts where its lower bound (Hoeffding, units and replicas as independent draws, \
    false-alarm rate 0.001 divided by the number of layers) lies above a quarter; with fewer than 16 samples also above \
    what chance alone makes of so few. Of \(BoundEvidence.networks), those that \
    train have up to 50% dead units in their worst layer: with more than a quarter they reach a median accuracy of 0.68, \
    with fewer 0.83.
    """
  public static let remedy = """
    Use he_normal with zero biases, or an activation that lets negative inputs through (leaky_relu, elu, gelu). Inputs that \
    are not centred and biases that are negative push units below zero.
    """
  public static let status: Verdict.Status? = .dead
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (
      .error,
      "no signal from the input reaches the output layer, whatever the sample, and no gradient the zeros that stop it"
    ),
    (
      .warning,
      "more than a quarter of a layer's units are dead, a signal dies out in some drawings of the weights or for the "
        + "measured samples alone, zeros follow "
        + "zeros or stand before an activation without slope at 0, or one layer of zeros stands in the only path and gets a "
        + "gradient"
    ),
    (.note, "layers that are zero by design"),
  ]

  static let falseAlarmRate = 1e-3
  static let shareBound = 0.25

  /// The cause, in a finding's evidence, of zeros that are meant.
  private static let designCause = "design"

  /// Indices of the layers that are zero by design and learn first, so that neither their zeros nor their dead units are a
  /// fault; none in a network with errors, where zeros may be the reason.
  package static func zeroByDesign(in run: InitializerRun) -> Set<Int> {
    guard run.findings.allSatisfy({ $0.severity != .error }) else { return [] }
    return Set(run.findings.filter { $0.rule == name && $0.cause == designCause }.flatMap(\.layers))
  }

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("deadFraction") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let path = SignalPath(run, context), hidden = Array(run.hiddenLayers)
    let silent = hidden.filter { $0.activation.deadFraction == 1 }
    if !path.hasInput { return [Self.finding(.error, run.layers, share: 1, cause: "input", Self.emptyInput)] }
    if !silent.isEmpty, !path.arrives {
      // Zeros below random weights get a gradient, `dW = g h`, where the slope is not zero, and there is a signal after the
      // first step.
      if let waking = path.zeroByDesign.first(where: { $0 < path.outputIndex && path.wakes($0) }) {
        let message = Self.waking(run.layers[waking].name, path.zeroTensors[waking])
        return [Self.finding(.warning, silent, share: 1, cause: SignalPath.wakingCause, message)]
      }
      if SilentLayer.mayWake(silent[0]) {
        let message = Self.silence(silent) + Self.otherSamples
        return [Self.finding(.warning, silent, share: 1, cause: "no signal in this batch", message)]
      }
      return [Self.finding(.error, silent, share: 1, cause: "no signal", Self.silence(silent))]
    }
    if let output = Self.cutOffOutput(run, path, context) {
      return [Self.finding(.error, [output], share: 1, cause: "output", Self.deadOutput(output.name, context))]
    }
    let pairs = path.gainsUponZeros, paired = Set(pairs.map(\.zeros))
    let stuck = Set(path.zeroUponZero + pairs.map(\.sum)).sorted().map { run.layers[$0] }
    let zeros = path.zeroByDesign.filter { !paired.contains($0) }.map { run.layers[$0] }
    let blocked = zeros.filter { Self.isBlocked($0, path) }
    let waiting = zeros.filter { Self.waits($0, path) }
    let designed = zeros.filter { !Self.isBlocked($0, path) && !Self.waits($0, path) }
    let notes = [
      blocked.isEmpty
        ? nil : Self.finding(.warning, blocked, share: 1, cause: "no slope at zero", Self.noSlope(blocked, context)),
      stuck.isEmpty ? nil : Self.finding(.warning, stuck, share: 1, cause: "zeros upon zeros", Self.zerosUponZeros(stuck)),
      waiting.isEmpty
        ? nil : Self.finding(.warning, waiting, share: 1, cause: "zeros upon zeros", Self.zerosWithin(waiting)),
      designed.isEmpty
        ? nil
        : Self.finding(.note, designed, share: 1, cause: Self.designCause, Self.design(designed, output: path.outputIndex)),
    ].compactMap(\.self)
    return Self.losses(hidden, path, context) + notes
  }

  /// Signals that are lost in some replicas; where there are none, units that are dead.
  private static func losses(_ hidden: [LayerResult], _ path: SignalPath, _ context: RuleContext) -> [Finding] {
    // Where a path leads around the layer, the network learns whatever happens in it.
    let narrow = hidden.filter { !path.isBypassed[$0.index - 1] }
    if let lost = narrow.first(where: { isLostInSomeReplica($0.activation) }) {
      let share = lost.activation.deadFraction ?? 0
      return [finding(.warning, [lost], share: share, cause: "some drawings, forward", partialSilence(lost.name))]
    }
    if let lost = narrow.last(where: { isLostInSomeReplica($0.gradient) }) {
      let share = lost.activation.deadFraction ?? 0
      return [finding(.warning, [lost], share: share, cause: "some drawings, backward", partialGradient(lost.name))]
    }
    // Of equal samples a unit makes one value: half of all rectifiers are zero then, whatever the weights.
    if context.lack?.samplesAreEqual == true { return [] }
    // Layers that are zero by design, layers that read them, and linear layers are not cut off by an activation.
    let judged = zip(hidden, context.network.nodes).filter { layer, node in
      !path.declaresZeros(layer.index - 1) && layer.weights?.variance != 0 && layer.activation.deadFraction != nil
        && path.isFed(layer.index - 1) && !node.layer.activation.isIdentity
    }
    let rate = falseAlarmRate / Double(max(1, judged.count))
    let dead = judged.filter { layer, node in
      let margin = Estimators.hoeffdingMargin(oneSided: rate, count: node.independentUnits * context.replicas)
      return (layer.activation.deadFraction ?? 0) - margin > max(shareBound, chanceShare(layer, batch: context.input.batch))
    }.map(\.0)
    guard let worst = dead.max(by: { ($0.activation.deadFraction ?? 0) < ($1.activation.deadFraction ?? 0) }) else {
      return []
    }
    let share = worst.activation.deadFraction ?? 0
    return [finding(.warning, dead, share: share, cause: "share", message(dead, worst.name, share: share))]
  }

  /// The share of units that are 0 for a whole batch by chance alone, where the batch is small; 0 for others.
  ///
  /// Pre-activations of a unit are taken for normal of mean 0, with the layer's cosine c between samples. All n of them are
  /// below 0 with the probability E[Phi(-t sqrt(c / (1 - c)))^n] over a standard normal t: 1/2 for a single sample.
  static func chanceShare(_ layer: LayerResult, batch: Int) -> Double {
    guard batch < 16 else { return 0 }
    let cosine = max(0, min(layer.preactivation.cosineSimilarity ?? 0, 1 - 1e-9))
    let slope = (cosine / (1 - cosine)).squareRoot(), step = 1.0 / 64
    return (-512...512).reduce(0) { sum, place in
      let t = Double(place) * step
      let below = 0.5 * erfc(t * slope * 0.5.squareRoot())
      return sum + step * exp(-t * t / 2) / (2 * Double.pi).squareRoot() * pow(below, Double(batch))
    }
  }

  /// Whether zeros get no gradient because the activation behind them has no slope at zero. Nothing ever moves them then.
  private static func isBlocked(_ layer: LayerResult, _ path: SignalPath) -> Bool {
    !SignalPath.isZero(layer.gradient) && SignalPath.isZero(layer.preactivationGradient) && path.isStuck(layer.index - 1)
  }

  /// Whether several tensors of one layer are zeros and wait for each other, such as value and output weights of attention.
  private static func waits(_ layer: LayerResult, _ path: SignalPath) -> Bool {
    path.zeroTensors[layer.index - 1].count > 1 && !SignalPath.isZero(layer.preactivationGradient)
      && path.isStuck(layer.index - 1)
  }

  /// The output layer, where its activation makes zeros of a signal that is not zero, in every sample, and stops every
  /// gradient.
  private static func cutOffOutput(_ run: InitializerRun, _ path: SignalPath, _ context: RuleContext) -> LayerResult? {
    guard run.layers.indices.contains(path.outputIndex), path.isFed(path.outputIndex), !path.declaresZeros(path.outputIndex)
    else { return nil }
    let output = run.layers[path.outputIndex]
    let isCutOff =
      !context.network.nodes[path.outputIndex].layer.activation.isIdentity && output.activation.deadFraction == 1
      && SignalPath.isZero(output.activation) && !SignalPath.isZero(output.preactivation)
    return isCutOff && SignalPath.isZero(output.preactivationGradient) ? output : nil
  }

  /// Whether the signal is zero in some replicas and not in others, so that the logarithm has no mean.
  private static func isLostInSomeReplica(_ signal: SignalSummary) -> Bool {
    signal.log10SecondMoment == nil && signal.nonFinite == 0 && signal.secondMoment > 0 && signal.secondMoment.isFinite
  }

  private static func finding(
    _ severity: Finding.Severity, _ layers: [LayerResult], share: Double, cause: String, _ message: String
  ) -> Finding {
    Finding(
      rule: name, severity: severity, layers: layers.map(\.index),
      evidence: [
        "cause": .text(cause), "layer": .text(layers[0].name), "deadFraction": .number(share), "bound": .number(shareBound),
        "falseAlarmRate": .number(falseAlarmRate),
      ], message: message)
  }

  // MARK: Messages

  static func silence(_ layers: [LayerResult]) -> String {
    "All units of \(LayerText.range(layers)) are zero for the whole batch: no signal passes forward, and no gradient back."
  }

  static let otherSamples = """
     Other samples may reach them, since their pre-activations depend on the sample: whether the network learns is not \
    known. Raise their biases.
    """

  static let emptyInput = """
    Every value of the input is zero in every sample: nothing can be learned from it, whatever the weights. Look at the \
    data and at how they are scaled: a feature that is constant becomes zero when it is standardized.
    """

  static func waking(_ layer: String, _ zeros: [SignalPath.ZeroTensor]) -> String {
    let isGain = zeros.allSatisfy { $0.role == .gain }
    return """
      The \(isGain ? "gains" : "weights") of layer \(layer) are zeros, and no path leads around it: no signal passes before \
      its first steps, and until then nothing else learns. \
      \(isGain ? "Let its gains start from ones" : "Give it random weights"), or let a residual sum lead around it.
      """
  }

  static func deadOutput(_ layer: String, _ context: RuleContext) -> String {
    let activation = context.network.nodes[context.network.outputIndex].layer.activation
    return """
      All units of the output layer \(layer) are zero for the whole batch: \(activation) cuts every value off, and no \
      gradient passes back. Leave the activation out, or raise the layer's biases.
      """
  }

  static func zerosWithin(_ layers: [LayerResult]) -> String {
    """
    Several weights of \(LayerText.range(layers)) are zeros and wait for each other: none of them gets a gradient, and only \
    the path around learns. Let one of them start from random weights.
    """
  }

  static func zerosUponZeros(_ layers: [LayerResult]) -> String {
    """
    The weights or gain of \(LayerText.range(layers)) are zeros, and so are those of a layer before it in the same branch: \
    neither gets a gradient, and the branch never learns. Let one of them start from random weights.
    """
  }

  static func noSlope(_ layers: [LayerResult], _ context: RuleContext) -> String {
    let activation = context.network.nodes[layers[0].index - 1].layer.activation
    return """
      The weights or gains of \(LayerText.range(layers)) are zeros, and \(activation) has no slope at exactly 0: they get \
      no gradient and never learn; only the path around them does. Put the activation before the layer that starts from \
      zeros, or start it from small random weights (gains from ones).
      """
  }

  static func design(_ layers: [LayerResult], output: Int) -> String {
    let ends = layers.filter { $0.index - 1 < output }
    let branches =
      ends.isEmpty
      ? ""
      : """
      \(LayerText.range(ends).capitalizedFirst) \(ends.count == 1 ? "starts" : "start") from zero by design: the signal \
      passes around, and \(ends.count == 1 ? "its" : "their") zeros learn first.
      """
    guard ends.count < layers.count else { return branches }
    let head = "The output layer starts from zero by design: it learns first, and no gradient passes below it at step 0."
    return branches.isEmpty ? head : "\(branches) \(head)"
  }

  static func partialGradient(_ layer: String) -> String {
    """
    The gradient at layer \(layer) is exactly zero in some drawings of the weights and not in others: whether this network \
    learns depends on its seed.
    """
  }

  static func partialSilence(_ layer: String) -> String {
    """
    Layer \(layer) is zero for the whole batch in some drawings of the weights and not in others: whether this network \
    learns depends on its seed.
    """
  }

  static func message(_ layers: [LayerResult], _ worst: String, share: Double) -> String {
    """
    \(MessageNumber.percent(share)) of the units of layer \(worst) are zero for the whole batch (bound \
    \(MessageNumber.percent(shareBound)), exceeded by \
    \(layers.count == 1 ? "this layer alone" : "\(layers.count) layers")): they learn nothing until their inputs change.
    """
  }
}
