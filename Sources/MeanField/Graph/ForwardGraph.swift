import NetworkGraph

/// Moments of a graph's signals, node by node.
struct ForwardGraph {
  private let graph: [GraphNode]
  private var known: [Activation: ActivationMoments] = [:]
  /// Per node and group of samples: the second moment over units, and the mean.
  private var second: [[Double]] = []
  private var mean: [[Double]] = []
  /// Per node: the mean product of two samples' signals, over units and pairs.
  private var pair: [Double] = []
  /// Mean products of the signals of two nodes, per group and for two samples, as far as sums asked for them.
  private var crossing: [Key: (groups: [Double], pair: Double)] = [:]
  private let input: (second: [Double], pair: Double)

  private(set) var preactivations: [Double] = []
  private(set) var correlations: [Double] = []
  /// `E f'^2`, mean over groups; 1 for a sum.
  private(set) var slopes: [Double] = []
  /// Of one weight, those that the batch set included; 0 for a sum.
  private(set) var weightVariances: [Double] = []

  private struct Key: Hashable {
    var earlier: Int?
    var later: Int
  }

  init(_ graph: [GraphNode], input: ChainInput) {
    self.graph = graph
    let groups = ChainPrediction.condensed(input.secondMoments)
    self.input = (groups, input.cosine * Self.average(groups))
  }

  func activation(_ index: Int) -> Double { Self.average(second[index]) }

  mutating func pass(_ index: Int) throws(MeanFieldError) {
    let node = graph[index]
    switch node.operation {
    case .layer(let layer): try pass(layer, from: node.inputs[0])
    case .calibrated(var layer, let perUnit):
      let below = signal(node.inputs[0])
      let m = Self.average(below.groups)
      // What varies over the samples of one unit is what they do not share.
      let varying = perUnit ? m - below.pair : m
      layer.weightVariance = varying > 0 ? 1 / (Double(layer.fanIn) * varying) : 0
      try pass(layer, from: node.inputs[0], shift: perUnit ? -below.pair : 0)
    case .sum: sum(node.inputs)
    }
  }

  /// A node's second moments and pair product; those of the graph's input for nil.
  private func signal(_ index: Int?) -> (groups: [Double], pair: Double) {
    index.map { (second[$0], pair[$0]) } ?? (input.second, input.pair)
  }

  /// - Parameter shift: What a bias that the data set adds to the products of the signal below, before the weights.
  private mutating func pass(_ layer: ChainLayer, from source: Int?, shift: Double = 0) throws(MeanFieldError) {
    let moments = known[layer.activation] ?? ActivationMoments(layer.activation)
    if !layer.activation.isCustom { known[layer.activation] = moments }
    let sw2 = layer.scaledWeightVariance, below = signal(source)
    var variances = [Double](), seconds = [Double](), means = [Double](), slope = 0.0
    for m in below.groups {
      let q = max(0, sw2 * (m + shift) + layer.biasVariance)
      let at = try moments.moments(variance: q)
      variances.append(q)
      seconds.append(at.secondMoment)
      means.append(at.mean)
      slope += at.derivativeSecondMoment / Double(below.groups.count)
    }
    let q = Self.average(variances)
    let product = sw2 * (below.pair + shift) + layer.biasVariance
    let correlation = q > 0 ? min(1, max(-1, product / q)) : 1
    preactivations.append(q)
    correlations.append(correlation)
    slopes.append(slope)
    weightVariances.append(layer.weightVariance)
    second.append(seconds)
    mean.append(means)
    // Samples differ in norm: what is taken at the mean variance is their cosine.
    let middle = try moments.moments(variance: q).secondMoment
    let cross = try moments.crossMoments(variances: (q, q), Correlation(correlation)).product
    pair.append(middle > 0 ? cross / middle * Self.average(seconds) : 0)
  }

  private mutating func sum(_ inputs: [Int?]) {
    var total = (groups: [Double](repeating: 0, count: input.second.count), pair: 0.0)
    var means = total.groups
    for i in inputs {
      for j in inputs { total = Self.add(total, product(i, j)) }
      if let i { means = zip(means, mean[i]).map(+) }
    }
    let m = Self.average(total.groups)
    preactivations.append(m)
    correlations.append(m > 0 ? min(1, max(-1, total.pair / m)) : 1)
    slopes.append(1)
    weightVariances.append(0)
    second.append(total.groups)
    mean.append(means)
    pair.append(total.pair)
  }

  /// The mean product, over units, of the signals of two nodes; the input has mean 0.
  private mutating func product(_ i: Int?, _ j: Int?) -> (groups: [Double], pair: Double) {
    if i == j { return signal(i) }
    // Of two different nodes one comes later.
    let later = max(i ?? -1, j ?? -1), earlier = later == i ? j : i
    let key = Key(earlier: earlier, later: later)
    if let value = crossing[key] { return value }
    var value = (groups: [Double](repeating: 0, count: input.second.count), pair: 0.0)
    switch graph[later].operation {
    case .layer, .calibrated:
      guard let earlier else { break }
      value.groups = zip(mean[earlier], mean[later]).map(*)
      value.pair = Self.average(mean[earlier]) * Self.average(mean[later])
    case .sum:
      for source in graph[later].inputs { value = Self.add(value, product(source, earlier)) }
    }
    crossing[key] = value
    return value
  }

  private static func add(
    _ a: (groups: [Double], pair: Double), _ b: (groups: [Double], pair: Double)
  ) -> (groups: [Double], pair: Double) {
    (zip(a.groups, b.groups).map(+), a.pair + b.pair)
  }

  private static func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
