import Glibc
import MeanField
import NetworkGraph
import NumberText
import SignalPropagation
import TrainingRuns

/// A reason why the networks that were trained to make predictions from say nothing of this one.
///
/// The tangent kernel is measured once, at the start and without dropout's masks. What it cannot see makes its prediction
/// void, and the verdict says that it does not know.
package enum VerdictDoubt: Equatable {
  /// All weights of a layer are equal: random biases give such a network gradients like those of networks that train, and
  /// it does not.
  case equalWeights
  /// All units of a layer are copies of each other and stay so, and few classes may need no more than one.
  case copies
  /// The weights of this layer have a mean, which outweighs what differs between them.
  case shifted(layer: String)
  /// Samples that are alike often have different classes, so that this share of them at most seems to be learnable.
  case noisyLabels(share: Double, needed: Double)
  /// So few samples belong to other classes than the commonest that what is measured on some of them may not hold for all.
  case rareClass(share: Double)
  /// Random biases of this layer outweigh what comes from the samples.
  case drowned(layer: String)
  /// The activation of this layer has no limit for large arguments: it goes up and down, as sines do.
  case oscillating(layer: String)
  /// This layer is zero for the samples that were looked at, and others may reach it.
  case silent(layer: String)
  /// The export of a model has multiplied its batch normalizations into other layers.
  case folded
  /// Zero tensors in a row wait for each other, so that the first steps say little of the later ones.
  case waitingZeros
  /// The model expects a network of other layers than those of the evidence to train, and at no rate to learn enough for it.
  case contradiction
  /// The classes seem to have nothing to do with the samples.
  case unrelatedLabels
  /// Nearest neighbours tell the classes, and their means hardly do.
  case entangled
  /// What tells the classes apart lies before the last so many steps of a sequence.
  case longMemory(steps: Int)
  /// Gradients of a recurrent layer reach so many of the last steps, and those seem to have nothing to do with the classes.
  case earlySteps(layer: String, reached: Int)
  /// All of the signal passes a layer of so few units.
  case narrow(layer: String, units: Int)
  /// A chain of convolutions that normalizes nothing is averaged over all positions, and little more than enough is
  /// expected.
  case averaged
  /// The network has many narrow layers and no path around them: this is the sum of 1 / units over its hidden layers.
  case deep(sum: Double, startsWithZeros: Bool)
  /// Dropout leaves this share of a signal's variance to the signal itself; the rest is the masks' noise.
  case dropout(kept: Double)

  /// Of networks of four layers with dropout behind each, those with rates up to 0.5 (a share of 0.06) learned Fashion-MNIST
  /// at some rate, and those with 0.7 (0.008) did not; one layer with a rate of 0.9 (0.1) did no harm.
  private static let leastKept = 0.09
  /// Of chains of convolutions before a global average, on Fashion-MNIST, those expected to reach less than this reached
  /// 0.40 to 0.64, and one expected to reach 0.81 reached 0.68: an average of positions keeps little of what they differ by,
  /// and how fast a network sharpens it is not seen at the start. With skips, and for attention, what was expected came
  /// true.
  /// Another one, expected to reach 0.76, reached 0.50 to 0.60.
  private static let leastAveraged = 0.8
  /// The sum of 1 / units tells by how much drawings of a deep network differ (Hanin 2018, "Which neural net architectures
  /// give rise to exploding and vanishing gradients"). He's ReLU networks on Fashion-MNIST were all expected to train. Two
  /// drawings each reached 0.64 and 0.65 at a sum of 0.47 (30 layers of 64 units), 0.38 and 0.40 at 0.47 (60 of 128), 0.34
  /// and 0.52 at 0.50 (50 of 100), 0.44 and 0.66 at 0.54 (26 of 48), 0.32 and 0.38 at 0.63 (40 of 64). GELU at
  /// 0.47 (30 of 64) reached 0.28 and 0.37, and with the random biases of its critical point 0.65 to 0.76. Of activations
  /// without a mean, which keep samples apart, those up to 2 learned.
  private static let largestSum = 0.45
  /// The same behind an output layer that starts from zeros, whose first gradients come from the features alone: 0.67 to
  /// 0.73 at sums of 0.16 to 0.25, 0.54 and 0.56 at 0.31, 0.28 to 0.42 at 0.47; for tanh 0.43 and 0.63 at 0.31.
  private static let largestSumWithZeros = 0.28
  /// The mean of an activation beside its root mean square, for a normal argument: 0.56 for ReLU, 0.35 for SiLU, 0.2 for
  /// ELU, 0 for tanh.
  private static let largestMean = 0.3

  /// Images as sequences of rows, the longest of the evidence.
  private static let longestSequence = 28
  /// How many times the variance of a layer's sums comes from the mean of its weights, for inputs that are all alike. Of
  /// uniform weights between 0 and b, which stand at 3 x inputs, none was trained for the evidence; identity and averaging
  /// weights stand at 1.
  private static let largestShift = 4.0
  /// Classes for which one unit in each layer may do.
  private static let fewClasses = 3

  /// The first reason that applies to a network; nil for none.
  ///
  /// - Parameters:
  ///   - run: What was measured.
  ///   - network: The network.
  ///   - reading: Its tangent kernel's readings.
  ///   - prediction: What the model expects; most reasons speak against training alone.
  ///   - isEntangled: Whether nearest neighbours tell the given classes and means hardly do.
  ///   - noise: What share of the samples seems to be learnable, and what share counts as learned, where it is too little.
  ///   - lacksRelation: Whether the given classes seem to have nothing to do with the samples.
  ///   - lacksRelationInLast: The same for the last features of each sample alone.
  package init?(
    _ run: InitializerRun, _ network: Network, _ reading: TangentReading, _ prediction: TrainabilityModel.Prediction,
    isEntangled: @autoclosure () -> Bool = false, noise: @autoclosure () -> (share: Double, needed: Double)? = nil,
    lacksRelation: @autoclosure () -> Bool,
    lacksRelationInLast: (_ features: Int) -> Bool = { _ in false }
  ) {
    if reading.waitsForZeros {
      self = .waitingZeros
      return
    }
    if prediction.trains == false, pow(10, reading.minority) < Self.leastMinority {
      self = .rareClass(share: pow(10, reading.minority))
      return
    }
    guard prediction.trains == true else { return nil }
    if !SymmetricUnits.equalWeights(run).isEmpty {
      self = .equalWeights
    } else if network.nodes.contains(where: { $0.layer.origin != nil }),
      prediction.accuracies.max() ?? 0 < TrainabilityModel.trainedAccuracy
    {
      self = .contradiction
    } else if lacksRelation() {
      self = .unrelatedLabels
    } else if isEntangled() {
      self = .entangled
    } else if let (share, needed) = noise() {
      self = .noisyLabels(share: share, needed: needed)
    } else if let layer = Self.drowned(run, network) {
      self = .drowned(layer: layer.name)
    } else if let layer = network.nodes.first(where: { $0.layer.activation.laws.oscillates }) {
      self = .oscillating(layer: layer.name)
    } else if let layer = Self.shifted(run, network) {
      self = .shifted(layer: layer.name)
    } else if let (layer, reached) = Self.reachedSteps(run, network),
      case .sequence(let steps, let features) = network.input,
      reached * Self.leastShareOfSteps < steps || lacksRelationInLast(reached * features)
    {
      self = .earlySteps(layer: layer, reached: reached)
    } else if network.nodes.contains(where: { $0.layer.traits.contains(.recurs) }),
      case .sequence(let steps, let features) = network.input, steps > Self.longestSequence,
      lacksRelationInLast(Self.longestSequence * features)
    {
      self = .longMemory(steps: Self.longestSequence)
    } else if let layer = Self.narrowest(run, network) {
      self = .narrow(layer: layer.name, units: layer.units)
    } else if Self.averagesAllPositions(network), prediction.accuracies.max() ?? 0 < Self.leastAveraged {
      self = .averaged
    } else if let doubt = Self.deep(run, network, startsWithZeros: reading.startsWithZeros) {
      self = doubt
    } else if let kept = Self.keptByDropout(network), kept < Self.leastKept {
      self = .dropout(kept: kept)
    } else {
      return nil
    }
  }

  /// The doubt where no gradient tells classes apart, because layers are silent for the samples that were looked at; nil
  /// where the reason is another.
  package static func silence(_ run: InitializerRun) -> VerdictDoubt? {
    SilentLayer.waking(in: run).first.map { .silent(layer: $0.name) }
  }

  /// The doubt where units that are all alike may do, because there are few classes; nil for others, and where their weights
  /// are zeros, which pass nothing.
  package static func copies(_ run: InitializerRun, _ network: Network) -> VerdictDoubt? {
    network.output.count <= fewClasses && !SymmetricUnits.equalWeights(run).isEmpty ? .copies : nil
  }

  /// The reason in words, as the rest of "is not known: ...".
  var words: String {
    switch self {
    case .equalWeights: "all weights of a layer are equal, which no network had that was trained to make predictions from."
    case .copies:
      """
      all units of a layer are copies of each other and stay so. It learns like a network with one unit in that layer. \
      That may be enough for so few classes. Draw the weights at random.
      """
    case .shifted(let layer):
      """
      the weights of layer \(layer) have a mean that outweighs their differences, so that all its units compute nearly the \
      same. No network that was trained to make predictions from had such weights. Draw them with mean zero.
      """
    case .noisyLabels(let share, let needed):
      """
      neither the samples around one nor the means of the classes tell its class in more than \
      \(shortNumber(100 * share, digits: 2))% of cases, and \(shortNumber(100 * needed, digits: 2))% are needed to count as \
      learned. Some labels may be wrong, or the classes overlap. Train it for a few hundred steps to find out.
      """
    case .rareClass(let share):
      """
      only \(shortNumber(100 * share, digits: 2))% of the samples belong to other classes than the commonest, and what is \
      measured on so few of them says little. Train it for a few hundred steps to find out.
      """
    case .drowned(let layer):
      """
      the biases of layer \(layer) outweigh what comes from the samples, and no network that was trained to make \
      predictions from had so large ones. Start them at 0, or small.
      """
    case .oscillating(let layer):
      """
      layer \(layer) has a sine as activation, which no network had that was trained to make predictions from. Its slope \
      changes sign within a small step of the weights, so that the largest rate is smaller than gradients at the start \
      tell. Train it for a few hundred steps at several small rates to find out.
      """
    case .entangled:
      """
      a sample's nearest neighbours tell its class, and the means of the classes hardly do, as for two spirals inside each \
      other. In all data of the evidence the means told the classes apart. Train it for a few hundred steps to find out.
      """
    case .longMemory(let steps):
      """
      what tells the classes apart seems to lie before the last \(steps) steps of a sequence, and no recurrent network of \
      the evidence had to remember for longer. Train it for a few hundred steps to find out.
      """
    case .waitingZeros:
      """
      several of its weight tensors start from zeros and wait for each other, and no gradient tells classes apart in the \
      first steps.
      """
    case .silent(let layer):
      """
      nearly all units of layer \(layer) are zero for every sample that was looked at, and no gradient passes them. Other \
      samples may reach them, and then it can learn. Raise its biases, or train it for a few hundred steps to find out.
      """
    case .folded:
      """
      the export has multiplied its batch normalizations into other layers, and with them it is another network. Export it \
      in training mode, with optimize=False.
      """
    case .contradiction:
      """
      its gradients are like those of networks that train, and yet no learning rate is expected to bring it far.
      """
    case .unrelatedLabels:
      """
      the classes seem to have nothing to do with the samples. Neither their means nor their nearest neighbours tell more \
      of a class than chance does. Look whether labels and samples are still in the same order.
      """
    case .earlySteps(let layer, let reached):
      """
      gradients of layer \(layer) reach the last \(reached == 1 ? "step" : "\(reached) steps") of a sequence only, and \
      what lies before is hardly learned. Put what matters later in the sequence, shorten the sequence, or start the \
      recurrent weights so that gradients keep their size (see the findings).
      """
    case .narrow(let layer, let units):
      """
      all of the signal passes the \(units == 1 ? "one unit" : "\(units) units") of layer \(layer), too few to tell that \
      many classes apart easily; no network that was trained to make predictions from was so narrow.
      """
    case .averaged:
      """
      it is a chain of convolutions that averages over all positions and normalizes nothing. Such networks come out on \
      either side of the 60% that count as learned. Train it for a few hundred steps to find out.
      """
    case .deep(let sum, let startsWithZeros):
      """
      it has many layers for their width, and no path around them (1 / units, summed over the hidden layers, is \
      \(shortNumber(sum, digits: 2))). \(startsWithZeros ? "Behind weights that start from zeros some" : "Some") \
      drawings of such a network learn and others do not. Train it for a few hundred steps to find out, or make its layers \
      wider or fewer.
      """
    case .dropout(let kept):
      """
      its dropout layers leave \(shortNumber(100 * kept, digits: 1))% of a signal's variance, and the rest is noise of the \
      masks; no network that was trained to make predictions from had so much.
      """
    }
  }

  /// A share of samples outside the commonest class below which a network that is expected to fail may still learn: networks
  /// with 2.4 and 5% of positives, and a bias that knows it, were expected to fail and learned them.
  private static let leastMinority = 0.1

  /// The first hidden layer without a path around whose biases make up nearly all of its pre-activation: the rule `bias` has
  /// found it.
  private static func drowned(_ run: InitializerRun, _ network: Network) -> LayerResult? {
    let isBypassed = GrowthPath(network).isBypassed
    let found = run.findings.filter { $0.rule == Bias.name && ($0.figure("shareOfPreactivation") ?? 0) > Bias.largestShare }
    return found.flatMap(\.layers).sorted().first { !isBypassed[$0 - 1] }.map { run.layers[$0 - 1] }
  }

  /// Where gradients reach fewer steps than one in so many, what the last steps have in common with the labels is no
  /// evidence for all: networks that saw the last row of an image alone came out between 0.53 and 0.57.
  private static let leastShareOfSteps = 8

  /// Of the gradient's mean square at the last step, what a step must get to count as reached.
  private static let leastReached = -6.0

  /// The recurrent layer through whose states gradients reach the most steps, and how many they reach; nil where they reach
  /// all, or where a path leads around.
  private static func reachedSteps(_ run: InitializerRun, _ network: Network) -> (layer: String, reached: Int)? {
    let isBypassed = GrowthPath(network).isBypassed
    let recurrent = run.layers.filter { $0.recurrence != nil }
    guard !recurrent.isEmpty, recurrent.allSatisfy({ !isBypassed[$0.index - 1] }) else { return nil }
    let reached = recurrent.compactMap { layer -> (layer: String, steps: Int, reached: Int)? in
      guard let profile = layer.recurrence?.log10StateGradient, let last = profile.last ?? nil else { return nil }
      let faint = profile.lastIndex { ($0 ?? -.infinity) < last + leastReached }
      return (layer.name, profile.count, profile.count - 1 - (faint ?? -1))
    }
    guard reached.count == recurrent.count, let best = reached.max(by: { $0.reached < $1.reached }),
      best.reached < best.steps
    else { return nil }
    return (best.layer, best.reached)
  }

  /// Fewer units than classes, less one, leave outputs that depend on each other; a wider layer is taken for wide enough.
  private static let fewest = 8

  /// The first hidden layer around which no path leads and that has too few units for the outputs, or leaves too few numbers
  /// of all positions; nil for none.
  private static func narrowest(_ run: InitializerRun, _ network: Network) -> LayerResult? {
    let isBypassed = GrowthPath(network).isBypassed
    return run.hiddenLayers.first { layer in
      let isVector = network.nodes[layer.index - 1].shape.dimensions.count == 1
      return (layer.weights != nil || isVector) && layer.units < min(fewest, network.output.count - 1)
        && !isBypassed[layer.index - 1]
    }
  }

  /// The first hidden layer whose weights have a mean that outweighs their differences; nil for none, and where batch
  /// normalization takes away what all samples share.
  private static func shifted(_ run: InitializerRun, _ network: Network) -> LayerResult? {
    guard !network.nodes.contains(where: { $0.layer.traits.contains(.overBatch) }) else { return nil }
    return run.hiddenLayers.first { layer in
      guard let weights = layer.weights, let fanIn = layer.fanIn, weights.variance > 0 else { return false }
      return weights.mean * weights.mean * Double(fanIn) > largestShift * weights.variance
    }
  }

  /// Whether a layer averages over all positions of its input, in a chain of convolutions that normalizes nothing.
  private static func averagesAllPositions(_ network: Network) -> Bool {
    let isChain = network.nodes.allSatisfy { !$0.layer.traits.contains(.normalizes) && $0.inputs.count == 1 }
    let hasKernels = network.nodes.contains { ($0.layer.weightShape(from: $0.inputShapes)?.receptiveField ?? 1) > 1 }
    guard isChain, hasKernels else { return false }
    return network.nodes.contains { node in
      node.layer.traits.isSuperset(of: [.pools, .averages]) && node.shape.dimensions.count == 1
        && node.inputShapes.contains { $0.count > node.shape.count }
    }
  }

  /// The doubt about a chain of dense layers that are many for their width; nil for another network.
  private static func deep(_ run: InitializerRun, _ network: Network, startsWithZeros: Bool) -> VerdictDoubt? {
    let output = network.outputIndex
    let isChain = network.nodes.allSatisfy { node in
      node.inputs.count == 1 && node.shape.dimensions.count == 1 && !node.layer.traits.contains(.recurs)
    }
    let hidden = network.nodes.prefix(output).filter { $0.layer.weightShape(from: $0.inputShapes) != nil }
    guard isChain, !hidden.isEmpty else { return nil }
    let sum = hidden.reduce(0) { $0 + 1 / Double($1.shape.count) }
    if startsWithZeros, sum > largestSumWithZeros { return .deep(sum: sum, startsWithZeros: true) }
    // Normalization keeps the drawings of the other layers alike, and random biases keep samples apart.
    let isNormalized = network.nodes.contains { $0.layer.traits.contains(.normalizes) }
    let hasBiases = run.hiddenLayers.contains { $0.bias.map { $0.variance > 0 } ?? false }
    guard sum > largestSum, !isNormalized, !hasBiases else { return nil }
    let activations = Dictionary(
      network.nodes.prefix(output).map { ($0.layer.activation.description, $0.layer.activation) }
    ) { first, _ in first }
    let hasMean = activations.values.contains { activation in
      guard let moments = try? GaussianMoments(of: activation, variance: 1) else { return false }
      return abs(moments.mean) > largestMean * moments.secondMoment.squareRoot()
    }
    return hasMean ? .deep(sum: sum, startsWithZeros: false) : nil
  }

  /// The product of 1 - rate over the dropout layers of the path to the output that has the fewest; nil without dropout.
  ///
  /// A value that is kept with probability k and divided by k has the second moment 1 / k of what it had: all but k of it is
  /// the mask's noise. A sum takes the way with the least noise.
  private static func keptByDropout(_ network: Network) -> Double? {
    guard network.nodes.contains(where: { $0.layer.keptShare < 1 }) else { return nil }
    var kept = [Network.inputName: 1.0]
    for node in network.nodes {
      kept[node.name] = (node.inputs.compactMap { kept[$0] }.max() ?? 1) * node.layer.keptShare
    }
    return kept[network.nodes[network.outputIndex].name]
  }
}
