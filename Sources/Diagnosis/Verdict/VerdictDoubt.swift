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
  /// Zero tensors in a row wait for each other, so that the first steps say little of the later ones.
  case waitingZeros
  /// The model expects a network of other layers than those of the evidence to train, and at no rate to learn enough for it.
  case contradiction
  /// The classes seem to have nothing to do with the samples.
  case unrelatedLabels
  /// All of the signal passes a layer of so few units.
  case narrow(layer: String, units: Int)
  /// A chain of convolutions that normalizes nothing is averaged over all positions, and little more than enough is
  /// expected.
  case averaged
  /// Dropout leaves this share of a signal's variance to the signal itself; the rest is the masks' noise.
  case dropout(kept: Double)

  /// Of networks of four layers with dropout behind each, those with rates up to 0.5 (a share of 0.06) learned Fashion-MNIST
  /// at some rate, and those with 0.7 (0.008) did not; one layer with a rate of 0.9 (0.1) did no harm.
  private static let leastKept = 0.09
  /// Of chains of convolutions before a global average, on Fashion-MNIST, those expected to reach less than this reached
  /// 0.40 to 0.64, and one expected to reach 0.81 reached 0.68: an average of positions keeps little of what they differ by,
  /// and how fast a network sharpens it is not seen at the start. With skips, and for attention, what was expected came
  /// true.
  private static let leastAveraged = 0.75

  /// The first reason that applies to a network; nil for none.
  ///
  /// - Parameters:
  ///   - run: What was measured.
  ///   - network: The network.
  ///   - reading: Its tangent kernel's readings.
  ///   - prediction: What the model expects; most reasons speak against training alone.
  ///   - lacksRelation: Whether the given classes seem to have nothing to do with the samples.
  package init?(
    _ run: InitializerRun, _ network: Network, _ reading: TangentReading, _ prediction: TrainabilityModel.Prediction,
    lacksRelation: @autoclosure () -> Bool
  ) {
    if reading.waitsForZeros {
      self = .waitingZeros
      return
    }
    guard prediction.trains == true else { return nil }
    if !SymmetricUnits.equalWeights(run).isEmpty {
      self = .equalWeights
    } else if network.nodes.contains(where: { $0.layer is GraphLayer }),
      prediction.accuracies.max() ?? 0 < TrainabilityModel.trainedAccuracy
    {
      self = .contradiction
    } else if lacksRelation() {
      self = .unrelatedLabels
    } else if let layer = Self.narrowest(run, network) {
      self = .narrow(layer: layer.name, units: layer.units)
    } else if Self.averagesAllPositions(network), prediction.accuracies.max() ?? 0 < Self.leastAveraged {
      self = .averaged
    } else if let kept = Self.keptByDropout(network), kept < Self.leastKept {
      self = .dropout(kept: kept)
    } else {
      return nil
    }
  }

  /// The reason in words, as the rest of "is not known: ...".
  var words: String {
    switch self {
    case .equalWeights: "all weights of a layer are equal, which no network had that was trained to make predictions from."
    case .waitingZeros:
      """
      several of its weight tensors start from zeros and wait for each other, and no gradient tells classes apart in the \
      first steps.
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
    case .dropout(let kept):
      """
      its dropout layers leave \(shortNumber(100 * kept, digits: 1))% of a signal's variance, and the rest is noise of the \
      masks; no network that was trained to make predictions from had so much.
      """
    }
  }

  /// Fewer units than classes, less one, leave outputs that depend on each other; a wider layer is taken for wide enough.
  private static let fewest = 8

  /// The first hidden layer around which no path leads and that has too few units for the outputs; nil for none.
  private static func narrowest(_ run: InitializerRun, _ network: Network) -> LayerResult? {
    let isBypassed = GrowthPath(network).isBypassed
    return run.hiddenLayers.first { layer in
      layer.weights != nil && layer.units < min(fewest, network.output.count - 1) && !isBypassed[layer.index - 1]
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

  /// The product of 1 - rate over the dropout layers of the path to the output that has the fewest; nil without dropout.
  ///
  /// A value that is kept with probability k and divided by k has the second moment 1 / k of what it had: all but k of it is
  /// the mask's noise. A sum takes the way with the least noise.
  private static func keptByDropout(_ network: Network) -> Double? {
    guard network.nodes.contains(where: { $0.layer is Dropout }) else { return nil }
    var kept = [Network.inputName: 1.0]
    for node in network.nodes {
      let rate = (node.layer as? Dropout)?.rate ?? 0
      kept[node.name] = (node.inputs.compactMap { kept[$0] }.max() ?? 1) * (1 - rate)
    }
    return kept[network.nodes[network.outputIndex].name]
  }
}
