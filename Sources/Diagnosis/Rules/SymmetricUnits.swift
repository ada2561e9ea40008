import NetworkGraph
import NumberText
import SignalPropagation

/// Units of a layer compute the same function, and training cannot make them different.
public struct SymmetricUnits: Rule {
  public static let name = "symmetric-units"
  public static let summary = "Units of a layer are copies of each other."
  public static let explanation = """
    Two units are taken for copies when their mean and variance over the batch agree to a few units in Float's last place. \
    Weights from a continuous law make copies with a chance of about width^2 / 2^42, so that a single pair is beyond \
    chance; units that are zero or saturated for the whole batch are alike without being copies and are not counted. Units \
    are channels and features: positions that carry the same values are not copies (rank-collapse looks at tokens). \
    Copies with equal outgoing weights receive equal gradients and stay copies for ever: such a layer can do no more than \
    a single unit, however wide it is (Goodfellow, Bengio and Courville 2016, section 8.4).
    """
  public static let remedy = """
    Draw the layer's weights at random: he_normal for rectifiers, glorot_uniform or lecun_normal for others. Zeros and \
    other constants are for biases.
    """
  public static let status: Verdict.Status? = .symmetric
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "all units of a hidden layer are copies, no skip leads around it, and the weights behind it are constant"),
    (
      .warning,
      """
      the same in a layer that a skip leads around, some units are copies and random weights above make them differ, or \
      all weights of a layer have one value and biases make its units differ
      """
    ),
  ]

  /// Smaller shares come from the rounding of units that hardly vary.
  private static let leastShare = 0.02

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("copies") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let path = SignalPath(run, context)
    let hidden = run.hiddenLayers.filter { $0.weights != nil && $0.units > 1 }
    let stuck = hidden.filter { Self.isStuck($0, run, path, context) }
    if let first = stuck.first {
      // A network learns without a branch that the signal can pass by.
      let isFatal = stuck.contains { !path.isBypassed[$0.index - 1] }
      return [
        Self.finding(
          isFatal ? .error : .warning, stuck, share: Self.share(first), cause: isFatal ? "only path" : "branch",
          isFatal ? Self.stuckMessage(stuck) : Self.branchMessage(stuck))
      ]
    }
    let copies = hidden.filter { Self.share($0) > Self.leastShare }
    guard let worst = copies.max(by: { Self.share($0) < Self.share($1) }) else {
      let equal = Self.equalWeights(run)
      guard let first = equal.first else { return [] }
      return [
        Self.finding(.warning, equal, share: Self.share(first), cause: "equal weights", Self.equalWeightsMessage(equal))
      ]
    }
    return [
      Self.finding(.warning, copies, share: Self.share(worst), cause: "some units", Self.copiesMessage(copies, worst))
    ]
  }

  /// Hidden layers whose weights all have one value other than 0. Zeros may wait for other layers to learn.
  static func equalWeights(_ run: InitializerRun) -> [LayerResult] {
    run.hiddenLayers.filter { layer in
      guard let weights = layer.weights else { return false }
      return layer.units > 1 && (layer.fanIn ?? 1) > 1 && weights.variance == 0 && weights.mean != 0
    }
  }

  /// The share of units that are copies of another unit for a reason other than being constant over the batch.
  private static func share(_ layer: LayerResult) -> Double {
    let a = layer.activation
    return (a.duplicateFraction ?? 0) - max(a.deadFraction ?? 0, a.saturatedFraction ?? 0)
  }

  /// Whether all units are alike and stay so: they have constant weights or are copies, and the layers above have constant
  /// weights or send no gradient.
  private static func isStuck(
    _ layer: LayerResult, _ run: InitializerRun, _ path: SignalPath, _ context: RuleContext
  ) -> Bool {
    let hasConstantWeights = layer.weights?.variance == 0 && (layer.fanIn ?? 1) > 1
    guard layer.activation.duplicateFraction == 1, hasConstantWeights || share(layer) > 0.99 else { return false }
    let isSilent = layer.activation.deadFraction == 1
    if layer.gradient.secondMoment == 0 {
      // Where a path carries the signal to the output, zeros only wait for the layers above to learn (Fixup, SkipInit).
      return hasConstantWeights && (isSilent ? !path.arrives : !path.isBypassed[layer.index - 1])
    }
    guard !isSilent else { return false }
    let readers = readers(of: layer.index - 1, run, context)
    return !readers.isEmpty && readers.allSatisfy { $0.weights?.variance == 0 }
  }

  /// The layers with weights that read a node, also through nodes without weights.
  private static func readers(of index: Int, _ run: InitializerRun, _ context: RuleContext) -> [LayerResult] {
    let nodes = context.network.nodes
    var names: Set<String> = [nodes[index].name]
    var readers: [LayerResult] = []
    for (place, node) in nodes.enumerated().dropFirst(index + 1) where !names.isDisjoint(with: node.inputs) {
      if run.layers[place].weights == nil { names.insert(node.name) } else { readers.append(run.layers[place]) }
    }
    return readers
  }

  private static func finding(
    _ severity: Finding.Severity, _ layers: [LayerResult], share: Double, cause: String, _ message: String
  ) -> Finding {
    Finding(
      rule: name, severity: severity, layers: layers.map(\.index),
      evidence: [
        "cause": .text(cause), "layer": .text(layers[0].name), "copies": .number(share), "bound": .number(leastShare),
        "weightVariance": .number(layers[0].weights?.variance ?? 0),
      ], message: message)
  }

  // MARK: Messages

  static func stuckMessage(_ layers: [LayerResult]) -> String {
    """
    All units of \(LayerText.range(layers)) are copies of each other, and their gradients are equal or zero: training \
    cannot make them different, and each layer can do no more than a single unit.
    """
  }

  static func branchMessage(_ layers: [LayerResult]) -> String {
    """
    All units of \(LayerText.range(layers)) are copies of each other, and their gradients are equal or zero. The signal \
    passes around these layers, so that the rest of the network learns; each of them can do no more than a single unit.
    """
  }

  static func equalWeightsMessage(_ layers: [LayerResult]) -> String {
    """
    All weights of \(LayerText.range(layers)) have the same value: every unit takes the same sum of its inputs, and only \
    biases or a normalization tell units apart.
    """
  }

  static func copiesMessage(_ layers: [LayerResult], _ worst: LayerResult) -> String {
    """
    \(MessageNumber.percent(share(worst))) of the units of layer \(worst.name) are copies of other units and add nothing at \
    first. The random weights above give them different gradients, so that training makes them different.
    """
  }
}
