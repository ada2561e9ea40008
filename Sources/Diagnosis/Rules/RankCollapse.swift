import NetworkGraph
import NumberText
import SignalPropagation

/// Finds sequences whose tokens all point in one direction, so that later layers cannot tell them apart.
public struct RankCollapse: Rule {
  public static let name = "rank-collapse"
  public static let summary = "The tokens of a sample become indistinguishable."
  public static let explanation = """
    The mean cosine c between the steps of one sample, over samples and replicas, tells how much of the tokens' differences \
    is left: 1 - c of the mean square. Attention without skips averages the tokens, and its output loses rank doubly \
    exponentially with depth (Dong, Cordonnier and Loukas 2021); the gradients of queries and keys vanish with it (Noci et \
    al. 2022). A run is judged on the last hidden layer that still has a step for each token, and only where the network \
    lost nine tenths of what its input has (for token ids: what the embedding yields). The bounds are those of \
    collapsed-inputs, 0.005 and 5e-6. It is an error only where each token has an output of its own: a network that ends in \
    one answer per sample can learn from what the tokens have in common.
    """
  public static let remedy = """
    Let a residual sum lead around each attention layer, and put a dense part between two of them. A scaled-down or zero \
    branch keeps tokens apart longest.
    """
  public static let status: Verdict.Status? = .collapsed
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "1 - c is below 5e-6 in the last layer of tokens, and each token has an output of its own"),
    (.warning, "1 - c is below 0.005"),
  ]

  public init() {}

  public static func size(of finding: Finding) -> Double { -(finding.figure("separation") ?? 1) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let tokens = run.hiddenLayers.filter { layer in
      layer.activation.tokenCosine != nil
        && !context.network.nodes[layer.index - 1].layer.traits.contains(.besideOutput)
    }
    guard let last = tokens.last, let cosine = last.activation.tokenCosine else { return [] }
    // Ids have no direction: tokens begin as the embedding's vectors.
    let isFirst = context.input.tokenCosine == nil
    guard let start = context.input.tokenCosine ?? tokens.first?.activation.tokenCosine, start < 1 else { return [] }
    let separation = 1 - cosine
    guard separation < CollapsedInputs.warningBound, separation < 0.1 * (1 - start) else { return [] }
    let hasOutputs = context.network.nodes[run.outputIndex].shape.positions > 1 && context.network.output.positions > 1
    let isBelow = separation < CollapsedInputs.errorBound && hasOutputs
    let bound = isBelow ? CollapsedInputs.errorBound : CollapsedInputs.warningBound
    let collapsed = tokens.filter { 1 - ($0.activation.tokenCosine ?? 0) < bound }
    // Zeros that get a gradient make tokens alike for no longer than a step.
    let isError = isBelow && CollapsedInputs.waking(collapsed, run, context) == nil
    return [
      Finding(
        rule: Self.name, severity: isError ? .error : .warning, layers: collapsed.map(\.index),
        evidence: [
          "layer": .text(last.name), "tokenCosine": .number(cosine), "separation": .number(separation),
          "bound": .number(bound), "startTokenCosine": .number(start),
        ],
        message: Self.message(
          last.name, cosine, first: collapsed.first?.name, start: start, isFirst ? tokens.first?.name : nil))
    ]
  }

  // MARK: Messages

  static func message(_ layer: String, _ cosine: Double, first: String?, start: Double, _ embedding: String?) -> String {
    let origin = embedding.map { "after layer \($0)" } ?? "in the input"
    let place = first.map { $0 == layer ? "" : ", and hardly less from layer \($0) on" } ?? ""
    return """
      The tokens of a sample become alike: in layer \(layer) their mean cosine is \(MessageNumber.cosine(cosine))\(place), \
      where \(origin) it is \(MessageNumber.cosine(start)). The layers above see one token many times.
      """
  }
}
