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
  private let batch: Int

  private(set) var preactivations: [Double] = []
  private(set) var correlations: [Double] = []
  /// `E f'^2`, mean over groups; 1 for a sum.
  private(set) var slopes: [Double] = []
  /// Of one weight, those that the batch set included; 0 for a sum.
  private(set) var weightVariances: [Double] = []
  /// What a normalization multiplies squared gradients with, the mean of gain^2 / variance; 0 for others.
  private(set) var inverses: [Double] = []

  private struct Key: Hashable {
    var earlier: Int?
    var later: Int
  }

  init(_ graph: [GraphNode], input: ChainInput) {
    self.graph = graph
    let groups = ChainPrediction.condensed(input.secondMoments)
    self.input = (groups, input.cosine * Self.average(groups))
    batch = input.batch
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
    case .normalized(let normalization): try pass(normalization, from: node.inputs[0])
    case .sum: try sum(node.inputs, branchGain: 1)
    case .weightedSum(let gain): try sum(node.inputs, branchGain: gain)
    }
  }

  /// A node's second moments and pair product; those of the graph's input for nil.
  private func signal(_ index: Int?) -> (groups: [Double], pair: Double) {
    index.map { (second[$0], pair[$0]) } ?? (input.second, input.pair)
  }

  /// - Parameter shift: What a bias that the data set adds to the products of the signal below, before the weights.
  private mutating func pass(_ layer: ChainLayer, from source: Int?, shift: Double = 0) throws(MeanFieldError) {
    let sw2 = layer.scaledWeightVariance, below = signal(source)
    weightVariances.append(layer.weightVariance)
    inverses.append(0)
    try activate(
      below.groups.map { max(0, sw2 * ($0 + shift) + layer.biasVariance) },
      pair: sw2 * (below.pair + shift) + layer.biasVariance, layer.activation)
  }

  /// A sample's units, or a unit's samples, are shifted to mean 0 and divided by their deviation.
  private mutating func pass(_ normalization: NormalizedSignal, from source: Int?) throws(MeanFieldError) {
    let below = signal(source), gain = normalization.gain * normalization.gain
    let means = source.map { mean[$0] } ?? below.groups.map { _ in 0 }
    let variances: [Double], inverse: [Double], shared: Double
    switch normalization.axis {
    case .layer:
      variances = zip(below.groups, means).map { max(0, $0 - $1 * $1) }
      inverse = variances.map { gain / ($0 + normalization.epsilon) }
      let m = Self.average(means)
      shared = (below.pair - m * m) * Self.average(inverse)
    case .batch:
      // What the samples of one unit do not share. All of a batch sum to zero, so that two of them are a little opposed.
      // A sample's product with the others goes as its norm: |x - mean|^2 = |x|^2 - 2 x mean + |mean|^2.
      let m = Self.average(below.groups)
      variances = below.groups.map { max(0, $0 - 2 * below.pair * ($0 / m).squareRoot() + below.pair) }
      inverse = variances.map { _ in gain / (Self.average(variances) + normalization.epsilon) }
      shared = -Self.average(variances) * inverse[0] / Double(batch - 1)
    }
    // Without variance and without epsilon there is nothing to divide.
    let usable = inverse.map { $0.isFinite ? $0 : 0 }
    weightVariances.append(0)
    inverses.append(Self.average(usable))
    try activate(zip(variances, usable).map(*), pair: shared.isFinite ? shared : 0, normalization.activation)
  }

  /// Appends a node whose pre-activations have these variances, group by group, and that mean product of two samples.
  private mutating func activate(
    _ variances: [Double], pair product: Double, _ activation: Activation
  ) throws(MeanFieldError) {
    let moments = known[activation] ?? .coarse(activation)
    if !activation.isCustom { known[activation] = moments }
    var seconds = [Double](), means = [Double](), slope = 0.0
    for q in variances {
      let at = try moments.moments(variance: q)
      seconds.append(at.secondMoment)
      means.append(at.mean)
      slope += at.derivativeSecondMoment / Double(variances.count)
    }
    let q = Self.average(variances)
    let correlation = q > 0 ? min(1, max(-1, product / q)) : 1
    preactivations.append(q)
    correlations.append(correlation)
    slopes.append(slope)
    second.append(seconds)
    mean.append(means)
    // Samples differ in norm: what is taken at the mean variance is their cosine.
    let middle = try moments.moments(variance: q).secondMoment
    let cross = try moments.crossMoments(variances: (q, q), Correlation(correlation)).product
    pair.append(middle > 0 ? cross / middle * Self.average(seconds) : 0)
  }

  private mutating func sum(_ inputs: [Int?], branchGain: Double) throws(MeanFieldError) {
    var total = (groups: [Double](repeating: 0, count: input.second.count), pair: 0.0)
    var means = total.groups
    for (a, i) in inputs.enumerated() {
      let gain = a == 0 ? 1 : branchGain
      for (b, j) in inputs.enumerated() {
        total = Self.add(total, try product(i, j), times: gain * (b == 0 ? 1 : branchGain))
      }
      if let i { means = zip(means, mean[i]).map { $0 + gain * $1 } }
    }
    let m = Self.average(total.groups)
    preactivations.append(m)
    correlations.append(m > 0 ? min(1, max(-1, total.pair / m)) : 1)
    slopes.append(1)
    weightVariances.append(0)
    inverses.append(0)
    second.append(total.groups)
    mean.append(means)
    pair.append(total.pair)
  }

  /// The mean product, over units, of the signals of two nodes; the input has mean 0.
  private mutating func product(_ i: Int?, _ j: Int?) throws(MeanFieldError) -> (groups: [Double], pair: Double) {
    if i == j { return signal(i) }
    // Of two different nodes one comes later.
    let later = max(i ?? -1, j ?? -1), earlier = later == i ? j : i
    let key = Key(earlier: earlier, later: later)
    if let value = crossing[key] { return value }
    var value = (groups: [Double](repeating: 0, count: input.second.count), pair: 0.0)
    switch graph[later].operation {
    case .layer, .calibrated, .normalized:
      guard let earlier else { break }
      if case .normalized = graph[later].operation {
        // Only what fresh weights made is independent of all earlier signals.
        guard let source = graph[later].inputs[0], source != earlier, graph[source].operation.layer != nil else {
          throw MeanFieldError(
            .argument, "the normalized sum at node \(later + 1) is added to a signal that it contains",
            hint: "Theory adds normalized signals only behind fresh weights.")
        }
      }
      value.groups = zip(mean[earlier], mean[later]).map(*)
      value.pair = Self.average(mean[earlier]) * Self.average(mean[later])
    case .sum, .weightedSum:
      let gain = graph[later].operation.branchGain ?? 1
      for (place, source) in graph[later].inputs.enumerated() {
        value = Self.add(value, try product(source, earlier), times: place == 0 ? 1 : gain)
      }
    }
    crossing[key] = value
    return value
  }

  private static func add(
    _ a: (groups: [Double], pair: Double), _ b: (groups: [Double], pair: Double), times factor: Double
  ) -> (groups: [Double], pair: Double) {
    (zip(a.groups, b.groups).map { $0 + factor * $1 }, a.pair + factor * b.pair)
  }

  private static func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
