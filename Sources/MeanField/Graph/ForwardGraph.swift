import NetworkGraph

/// Predicts the moments of a graph's signals, node by node.
struct ForwardGraph {
  private let graph: [GraphNode]
  private var known: [Activation: ActivationMoments] = [:]
  /// For each node and group of samples: the second moment over units, and the mean.
  private var second: [[Double]] = []
  private var mean: [[Double]] = []
  /// For each node: the mean product of two samples' signals, over units and pairs.
  private var pair: [Double] = []
  private let input: (second: [Double], pair: Double)
  private let batch: Int

  private(set) var preactivations: [Double] = []
  private(set) var correlations: [Double] = []
  /// `E f'^2` of each node, as a mean over groups; 1 for a sum.
  private(set) var slopes: [Double] = []
  /// The variance of one weight of each node, also where the batch set it; 0 for a sum.
  private(set) var weightVariances: [Double] = []
  /// The factor by which a normalization multiplies squared gradients, the mean of gain^2 / variance; 0 for other nodes.
  private(set) var inverses: [Double] = []

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
    case .layer(let layer):
      let below = signal(node.inputs[0])
      try pass(layer, groups: below.groups, pair: below.pair)
    case .calibrated(var layer, let perUnit):
      let below = signal(node.inputs[0])
      // A bias that takes away each unit's mean over the batch leaves what the samples do not share.
      let varying = perUnit ? centred(below) : below.groups
      let size = Self.average(varying)
      layer.weightVariance = size > 0 ? 1 / (Double(layer.fanIn) * size) : 0
      try pass(layer, groups: varying, pair: !perUnit ? below.pair : batch > 1 ? -size / Double(batch - 1) : 0)
    case .normalized(let normalization): try pass(normalization, from: node.inputs[0])
    case .sum: try sum(node.inputs, branchGain: 1)
    case .weightedSum(let gain): try sum(node.inputs, branchGain: gain)
    }
  }

  /// A node's second moments and pair product; those of the graph's input for nil.
  private func signal(_ index: Int?) -> (groups: [Double], pair: Double) {
    index.map { (second[$0], pair[$0]) } ?? (input.second, input.pair)
  }

  /// Passes a signal through a layer.
  private mutating func pass(_ layer: ChainLayer, groups: [Double], pair: Double) throws(MeanFieldError) {
    let sw2 = layer.scaledWeightVariance
    weightVariances.append(layer.weightVariance)
    inverses.append(0)
    try activate(
      groups.map { max(0, sw2 * $0 + layer.biasVariance) }, pair: sw2 * pair + layer.biasVariance, layer.activation)
  }

  /// The second moments of a signal from which each unit's mean over the batch is taken: `|x - mean|^2 = |x|^2 - 2 x mean +
  /// |mean|^2`, where a sample's product with the others goes as its norm.
  private func centred(_ signal: (groups: [Double], pair: Double)) -> [Double] {
    let m = Self.average(signal.groups)
    return signal.groups.map { max(0, $0 - 2 * signal.pair * ($0 / m).squareRoot() + signal.pair) }
  }

  /// Passes a signal through a normalization, which shifts a sample's units, or a unit's samples, to mean 0 and divides them
  /// by their deviation.
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
      // All of a batch sum to zero, so that two of them are a little opposed.
      variances = centred(below)
      inverse = variances.map { _ in gain / (Self.average(variances) + normalization.epsilon) }
      shared = -Self.average(variances) * inverse[0] / Double(batch - 1)
    }
    // Without variance and without epsilon there is nothing to divide by.
    let usable = inverse.map { $0.isFinite ? $0 : 0 }
    weightVariances.append(0)
    inverses.append(Self.average(usable))
    try activate(zip(variances, usable).map(*), pair: shared.isFinite ? shared : 0, normalization.activation)
  }

  /// Appends a node whose pre-activations have these variances, group by group, and this mean product of two samples.
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
      // A signal that is exactly 0 meets the slope at 0 itself: none for ReLU, and not the mean of both sides.
      let atZero = activation.derivative(0)
      slope += (q == 0 ? atZero * atZero : at.derivativeSecondMoment) / Double(variances.count)
    }
    let q = Self.average(variances)
    let correlation = q > 0 ? min(1, max(-1, product / q)) : 1
    preactivations.append(q)
    correlations.append(correlation)
    slopes.append(slope)
    second.append(seconds)
    mean.append(means)
    // Samples differ in norm, so their cosine is taken at the mean variance.
    let middle = try moments.moments(variance: q).secondMoment
    let cross = try moments.crossMoments(variances: (q, q), Correlation(correlation)).product
    pair.append(middle > 0 ? cross / middle * Self.average(seconds) : 0)
  }

  /// Adds the first input and `branchGain` times each of the others.
  ///
  /// Signals are correlated through their means alone once they are written in terms that fresh weights made:
  /// `E (sum c x)^2 = sum c^2 (E x^2 - (E x)^2) + (sum c E x)^2`. The latest term is taken first. A sum among them is
  /// written out, unless it is the last one left: then its own moments are those of all that it holds.
  private mutating func sum(_ inputs: [Int?], branchGain: Double) throws(MeanFieldError) {
    let outside = -1
    var terms = NodeQueue(largestFirst: true)
    for (place, source) in inputs.enumerated() { terms.add(source ?? outside, times: place == 0 ? 1 : branchGain) }
    var own = (groups: [Double](repeating: 0, count: input.second.count), pair: 0.0)
    var means = own.groups, middle = 0.0
    // The signal that a normalization among the terms read, to which the normalization's result must not be added.
    var normalized: [Int: Int] = [:], earliestRead = Int.max
    while let (place, factor) = terms.removeFirst() {
      if let reader = normalized[place] { throw Self.dependence(reader) }
      if place != outside {
        let operation = graph[place].operation
        if let gain = operation.branchGain, terms.count > 0 || earliestRead < place {
          for (position, source) in graph[place].inputs.enumerated() {
            terms.add(source ?? outside, times: factor * (position == 0 ? 1 : gain))
          }
          continue
        }
        if operation.normalization != nil, terms.count > (terms.contains(outside) ? 1 : 0) {
          // Only results of a layer's own weights are independent of all earlier signals.
          guard let source = graph[place].inputs[0], graph[source].operation.layer != nil else {
            throw Self.dependence(place)
          }
          normalized[source] = place
          earliestRead = min(earliestRead, source)
        }
      }
      let square = factor * factor, m = place == outside ? means.map { _ in 0 } : mean[place]
      let (groups, product) = signal(place == outside ? nil : place), average = Self.average(m)
      for group in means.indices {
        own.groups[group] += square * (groups[group] - m[group] * m[group])
        means[group] += factor * m[group]
      }
      own.pair += square * (product - average * average)
      middle += factor * average
    }
    let total = (groups: zip(own.groups, means).map { max(0, $0 + $1 * $1) }, pair: own.pair + middle * middle)
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

  private static func dependence(_ place: Int) -> MeanFieldError {
    MeanFieldError(
      .argument, "the normalized sum at node \(place + 1) is added to a signal that it contains",
      hint: "Theory adds normalized signals only behind fresh weights.")
  }

  private static func average(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
