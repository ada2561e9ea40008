import Glibc
import NetworkGraph
import SampleStatistics
import SignalPropagation

// log10 of a second moment is a random walk in depth. A straight line's slope over L steps of variance s^2 each, times L,
// has variance 6 s^2 L / 5, where the walk's end itself has s^2 L: the factor 6/5 below.

/// How far activations or gradients drift over the hidden layers, and how much of that chance explains.
struct SignalDrift {
  enum Signal {
    case activations, gradients

    var title: String { self == .activations ? "Activations" : "Gradients" }
  }

  /// The probability of a drift beyond `margin` in a network that has none.
  static let falseAlarmRate = 1e-3

  let signal: Signal
  /// log10 of the mean square's factor per layer, in the direction of travel, as a mean over replicas.
  let perLayer: Double
  /// Its 95% interval; nil for one replica.
  let interval: Interval?
  /// The number of layers between the first and the last.
  let steps: Int
  /// The part of `total`, in decades, that chance explains at the false-alarm rate.
  let margin: Double
  /// Whether the drift is measured by sums of squares over units, as for gradients of layers that differ in width.
  let isSumOfSquares: Bool
  /// Whether a normalization on every path to the output removes the scale of the activations, so that their drift does no
  /// harm.
  let isNormalizedAway: Bool
  private let path: [(layer: LayerResult, log10: Double)]

  /// The drift between the first layer and the last, in decades, along the fitted line.
  var total: Double { perLayer * Double(steps) }
  var isBeyondChance: Bool { total.magnitude > margin }

  /// Measures the drift; nil below three hidden layers with weights, and where one of them has no signal. What is exactly
  /// zero has no growth, and other rules report it.
  init?(_ signal: Signal, in run: InitializerRun, _ context: RuleContext) {
    let growth = GrowthPath(context.network)
    let steps =
      signal == .activations
      ? growth.activations([{ run.layers[$0].activation }]) : growth.gradients([{ run.layers[$0].gradient }])
    guard let counted = steps?[0], let measured = signal == .activations ? run.forwardGrowth : run.backwardGrowth,
      measured.log10.isFinite
    else { return nil }
    let ordered = signal == .activations ? counted : counted.reversed()
    guard let last = ordered.last else { return nil }
    self.signal = signal
    // Layers of different widths share a gradient's sum of squares, not its mean: in a funnel that He's scheme keeps
    // healthy the mean falls as the layers widen toward the input.
    let widths = ordered.map { place -> Double in
      let shape = context.network.nodes[place.place].shape
      return signal == .activations ? 0 : log10(Double(shape.count / shape.positions))
    }
    let isSum = Set(widths).count > 1
    isSumOfSquares = isSum
    let shift = isSum ? Estimators.slope(x: widths.indices.map(Double.init), y: widths) ?? 0 : 0
    self.steps = ordered.count - 1
    // A path around a layer carries the signal past it: what happens inside a branch counts only as far as it is seen behind
    // the sum.
    let own = measured.log10 + shift
    let kept = Self.streamDrift(signal, growth, run, context).map {
      Self.lesser(own, $0 / Double(max(1, ordered.count - 1)))
    }
    perLayer = kept ?? own
    let change = shift + perLayer - own
    interval = measured.interval.map { Interval(low: $0.low + change, high: $0.high + change) }
    path = zip(ordered, widths).map { (run.layers[$0.place], isSum ? $0.log10 + $1 : $0.log10) }
    isNormalizedAway = signal == .activations && Self.isNormalized(after: last.place, growth, context)
    let end = run.layers[last.place]
    margin = Self.margin(
      measured, last: signal == .activations ? end.activation : end.gradient, hidden: path.map(\.layer), context)
  }

  /// The drift of what all paths pass, in decades, in the direction of travel; nil where every layer is such, and for fewer
  /// than two of them.
  private static func streamDrift(
    _ signal: Signal, _ growth: GrowthPath, _ run: InitializerRun, _ context: RuleContext
  ) -> Double? {
    let isOfGradients = signal == .gradients
    let steps = growth.streamSteps(ofGradients: isOfGradients) { place in
      isOfGradients ? run.layers[place].gradient : run.layers[place].activation
    }
    guard let first = steps.first, let last = steps.last, first.place < last.place else { return nil }
    func width(_ place: Int) -> Double {
      let shape = context.network.nodes[place].shape
      return isOfGradients ? log10(Double(shape.count / shape.positions)) : 0
    }
    let change = last.log10 + width(last.place) - first.log10 - width(first.place)
    return isOfGradients ? -change : change
  }

  /// The smaller of two drifts of one sign; 0 for different signs.
  private static func lesser(_ a: Double, _ b: Double) -> Double {
    a.sign == b.sign ? (a.magnitude < b.magnitude ? a : b) : 0
  }

  private static func isNormalized(after place: Int, _ growth: GrowthPath, _ context: RuleContext) -> Bool {
    let nodes = context.network.nodes
    var isRaw = [Bool](repeating: false, count: nodes.count)
    isRaw[place] = true
    for next in nodes.indices.dropFirst(place + 1) where !nodes[next].layer.traits.contains(.normalizes) {
      isRaw[next] = growth.inputs[next].contains { $0 >= 0 && isRaw[$0] }
    }
    return !isRaw[nodes.count - 1]
  }

  /// The narrowest of what replicas, theory and width give, each at an equal share of the rate. Few replicas leave Student's
  /// interval wide; theory knows the scatter of plain chains. Where it is silent, the scatter of a ReLU network of this
  /// width stands in, variance log(1 + 5/n) per layer, about the widest of activations of bounded slope (Hanin and Nica
  /// 2020).
  private static func margin(
    _ growth: InitializerRun.Growth, last: SignalSummary, hidden: [LayerResult], _ context: RuleContext
  ) -> Double {
    let replicas = context.replicas, rate = falseAlarmRate / 2, steps = Double(hidden.count - 1)
    var margins: [Double] = []
    if replicas > 1, let interval = growth.interval {
      let widening =
        Estimators.studentQuantile(twoSided: rate, degreesOfFreedom: replicas - 1)
        / Estimators.studentQuantile(twoSided: 0.05, degreesOfFreedom: replicas - 1)
      margins.append((interval.high - interval.low) / 2 * widening * steps)
    }
    let quantile = Estimators.normalQuantile(twoSided: rate)
    if let error = last.theoryStandardError {
      margins.append(quantile * error * 1.2.squareRoot())
    } else if margins.isEmpty || context.network.nodes.allSatisfy({ $0.layer.activation.laws.maximumSlope != nil }) {
      let variance = hidden.dropFirst().reduce(0) { $0 + log1p(5 / Double(max(1, $1.units))) }
      margins.append(quantile * (1.2 * variance / Double(replicas)).squareRoot() / log(10))
    }
    return margins.min() ?? .infinity
  }

  /// The first layer in the direction of travel whose mean square differs by so many decades from the first layer's.
  func firstLayer(beyond decades: Double) -> LayerResult? {
    guard let start = path.first?.log10 else { return nil }
    return path.first { total < 0 ? $0.log10 - start < -decades : $0.log10 - start > decades }?.layer
  }

  /// The last layer in the direction of travel.
  var lastLayer: LayerResult? { path.last?.layer }

  /// The indices of a layer and of all layers after it in the direction of travel, in ascending order.
  func layers(from first: LayerResult) -> [Int] { path.map(\.layer.index).drop { $0 != first.index }.sorted() }

  /// The figures, by name, on which every rule about drifts rests.
  func evidence(bound: Double) -> [String: Finding.Evidence] {
    var evidence: [String: Finding.Evidence] = [
      "log10GrowthPerLayer": .number(perLayer), "steps": .number(Double(steps)), "log10Drift": .number(total),
      "log10Chance": .number(margin), "log10Bound": .number(bound), "falseAlarmRate": .number(Self.falseAlarmRate),
    ]
    if let interval {
      evidence["log10GrowthLow"] = .number(interval.low)
      evidence["log10GrowthHigh"] = .number(interval.high)
    }
    return evidence
  }
}
