import NetworkGraph
import SignalPropagation

/// Finds two layers that have the same weights up to a factor.
public struct SharedStream: Rule {
  public static let name = "shared-stream"
  public static let summary = "Two layers repeat each other's weights: one seed was used twice."
  public static let explanation = """
    The first 1,024 weights of each weight tensor of the first replica, in storage order, are correlated with those of \
    every earlier one over the length that both have. A correlation of at least 0.9 that independent weights reach with a \
    probability of 1e-6, divided by the number of pairs that are compared at most (8.4 million), is a repetition. It shows \
    layers drawn from one seed whether or not they have the same scale, and whether one is drawn uniform and the other \
    normal by inversion. Constant and identity weights repeat by design, and are not judged.
    """
  public static let remedy = """
    Give every layer a seed of its own, or draw all layers from one generator in turn. A seeded initializer object that is \
    handed to several layers starts anew in each.
    """
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.warning, "weights that are declared random repeat an earlier layer's")
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { finding.figure("layers") ?? 0 }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let hit = WeightTensor.all(in: run, context).filter { $0.isRandom && $0.summary.sharedWith != nil }
    let tensors = WeightTensor.all(in: run, context)
    // A layer's first weights are named after the layer, others by their path.
    func key(_ tensor: WeightTensor) -> String {
      tensor.node.parameters.first { $0.role == .weight }?.name == tensor.tensor.name
        ? tensor.layer.name : tensor.tensor.path(in: tensor.layer.name)
    }
    return tensors.compactMap { source in
      let repeats = hit.filter { $0.summary.sharedWith == key(source) }
      guard !repeats.isEmpty else { return nil }
      return Finding(
        rule: Self.name, severity: .warning, layers: ([source] + repeats).layerIndices,
        evidence: [
          "source": .text(source.layer.name), "tensor": .text(source.tensor.path(in: source.layer.name)),
          "layers": .number(Double(repeats.count + 1)), "weights": .number(1024), "falseAlarmRate": .number(1e-6),
        ],
        message: Self.message(source, repeats))
    }
  }

  // MARK: Messages

  private static func message(_ source: WeightTensor, _ repeats: [WeightTensor]) -> String {
    """
    \(LayerText.of(repeats)) repeat those of layer \(source.title): they were drawn with the same seed, and the \
    layers are not independent.
    """
  }
}
