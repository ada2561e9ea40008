import Glibc
import NetworkGraph
import NumberText
import SignalPropagation

/// Finds networks that map all inputs to one direction, so that no output layer can tell them apart.
public struct CollapsedInputs: Rule {
  public static let name = "collapsed-inputs"
  public static let summary = "Samples become indistinguishable."
  public static let explanation = """
    The mean cosine c between the samples' activations in the last hidden layer tells how much of their differences is \
    left: 1 - c of the mean square. A layer of one number per sample has no direction and is passed over. Averages over \
    n positions of noise are alike, those of real data are not: where the input is noise, 1 - c counts n times behind \
    such averages, and the layers behind averages of more than \(mostAveraged) positions are not judged. In the ordered \
    phase theory has 1 - c shrink by e every xi_c layers (Schoenholz et al. 2017, eq. 9); at criticality it shrinks as a \
    power of depth. A run is judged on this one number, and only where the network lost nine tenths of what the input \
    has. Of \(BoundEvidence.networks), every one that trains keeps 1 - c above 2.5e-5; the bound of an error is 5e-6. Below \
    0.005 the median accuracy falls from 0.83 to 0.67, which is a warning. Differences that Float's rounding hides \
    count as none. Where the first layer that makes all samples alike has zeros for weights that get a gradient, they move \
    with the first step: that is a warning, too. Samples that are equal in the data are a matter of nothing-to-learn.
    """
  public static let remedy = """
    Raise the weights' variance to its critical value (initscope theory), lower the biases' variance, choose an activation \
    of mean zero, or use fewer layers or batch normalization.
    """
  public static let status: Verdict.Status? = .collapsed
  public static let severities: [(severity: Finding.Severity, condition: String)] = [
    (.error, "1 - c is below 5e-6 in the last hidden layer"),
    (.warning, "1 - c is below 0.005, or zeros that get a gradient make all samples alike"),
  ]

  static let errorBound = 5e-6
  static let warningBound = 5e-3

  public init() {}

  public static func size(of finding: Finding) -> Double { -(finding.figure("separation") ?? 1) }

  public func findings(in run: InitializerRun, _ context: RuleContext) -> [Finding] {
    let hidden = Self.judged(run, context)
    // What the data do not have the network cannot lose.
    if context.lack?.samplesAreEqual == true { return [] }
    guard let last = hidden.last, let input = context.input.cosineSimilarity, input < 1 else { return [] }
    let isHidden = Self.isHidden(last), averaged = Self.averaged(context)
    // Without a cosine there is no signal or only one sample; the rules dead-units and non-finite report these.
    guard let cosine = last.activation.cosineSimilarity ?? (isHidden ? 1 : nil) else { return [] }
    let separation = isHidden ? 0 : averaged[last.index - 1] * (1 - cosine)
    guard separation < Self.warningBound, separation < 0.1 * (1 - input) else { return [] }
    let isBelow = separation < Self.errorBound, bound = isBelow ? Self.errorBound : Self.warningBound
    let collapsed = hidden.filter {
      Self.isHidden($0) || averaged[$0.index - 1] * (1 - ($0.activation.cosineSimilarity ?? 0)) < bound
    }
    let waking = isBelow ? Self.waking(collapsed, run, context) : nil
    let isError = isBelow && waking == nil
    let theory = UniformTheory(run, context)?.theory
    var evidence: [String: Finding.Evidence] = [
      "layer": .text(last.name), "cosineSimilarity": .number(cosine), "separation": .number(separation),
      "bound": .number(bound), "inputCosineSimilarity": .number(input),
    ]
    if let scale = theory?.depthScaleC, scale.isFinite { evidence["depthScaleC"] = .number(scale) }
    if let phase = theory?.phase { evidence["phase"] = .text(phase.rawValue) }
    if waking != nil { evidence["cause"] = .text(SignalPath.wakingCause) }
    return [
      Finding(
        rule: Self.name, severity: isError ? .error : .warning, layers: collapsed.map(\.index), evidence: evidence,
        message: waking.map { Self.wakingMessage($0.name) }
          ?? Self.message(
            last.name, separation: isHidden ? nil : 1 - cosine, bound: bound / averaged[last.index - 1],
            first: collapsed.first?.name))
    ]
  }

  /// Whether Float's rounding hides the differences between samples.
  private static func isHidden(_ layer: LayerResult) -> Bool {
    !Set(layer.activation.belowResolution).isDisjoint(with: ["cosineSimilarity", "spread"])
  }

  /// The layer in the only path that is the first to make samples alike, where its zeros do so and get a gradient: after the
  /// first step samples differ there, and what the layers behind make of them is not known.
  static func waking(_ collapsed: [LayerResult], _ run: InitializerRun, _ context: RuleContext) -> LayerResult? {
    let path = SignalPath(run, context), only = collapsed.filter { !path.isBypassed[$0.index - 1] }
    guard let first = only.first, path.declaresZeros(first.index - 1) else { return nil }
    // Zeros behind zeros: those that get a gradient move first, and then let one through to those before them.
    return only.first { path.wakes($0.index - 1) }
  }

  /// The most positions of noise whose average is judged: differences that Float's rounding hides, below 2^-24 of the mean
  /// square, are below the bound of an error even times this.
  static let mostAveraged = 64

  /// For each layer, how many positions of noise its values are averages of: 1 where the input is no noise.
  private static func averaged(_ context: RuleContext) -> [Double] {
    let nodes = context.network.nodes
    guard context.input.isDrawn else { return nodes.map { _ in 1 } }
    var places: [String: Int] = [:], averaged: [Double] = []
    for (place, node) in nodes.enumerated() {
      // Of several paths the one that averages most.
      let before = node.inputs.compactMap { places[$0] }.map { averaged[$0] }.max() ?? 1
      averaged.append(before * node.averagedPositions)
      places[node.name] = place
    }
    return averaged
  }

  /// The hidden layers that tell something. One number per sample has no direction: the cosine of two of them is 1 or -1,
  /// whatever they say.
  private static func judged(_ run: InitializerRun, _ context: RuleContext) -> [LayerResult] {
    let averaged = averaged(context)
    return run.hiddenLayers.filter {
      let node = context.network.nodes[$0.index - 1]
      return averaged[$0.index - 1] <= Double(mostAveraged) && node.shape.count > 1
        && !node.layer.traits.contains(.besideOutput)
    }
  }

  // MARK: Messages

  static func wakingMessage(_ layer: String) -> String {
    """
    The weights of layer \(layer) are zeros, and no path leads around it: until its first steps all samples are alike \
    behind it, and little else learns. Give it random weights, or let a residual sum lead around it.
    """
  }

  static func message(_ layer: String, separation: Double?, bound: Double, first: String?) -> String {
    let left =
      separation.map { "the cosine between two of them is \(MessageNumber.cosine(1 - $0))" }
      ?? "they differ by less than Float32 resolves"
    let beyond = "above \(MessageNumber.cosine(1 - bound))"
    let place =
      first.map { name in
        name == layer
          ? "" : separation == nil ? " (from \(name) on their cosine is \(beyond))" : " (\(beyond) from \(name) on)"
      } ?? ""
    return """
      Samples become indistinguishable: in layer \(layer) \(left)\(place). What helps: a weight variance at its critical \
      value (initscope theory), normalization, or fewer layers.
      """
  }
}
