import Glibc
import NetworkGraph

/// Chooses the layers over which growth per layer is measured, and makes their mean squares comparable.
///
/// Growth is taken over the hidden layers with weights: pooling, flatten, normalization, sums and dropout do not count as
/// layers. Three things are put right, so that only what weights and activations do remains. All three are zero for networks
/// of dense layers.
///
/// - Activations: what a pooling does to the mean square on the way, measured, is taken off. An average over n positions
///   divides what varies between them by n, whatever the weights.
/// - Gradients: mean squares per element are multiplied by the number of positions, which is to say that the sum over
///   positions is compared and the mean over channels. A convolution of stride s spreads one gradient over s^2 times as many
///   positions, and a pooling, a flatten or the last step gives it to some of them: the sum keeps its size.
/// - Gradients below an average over n positions: they are multiplied by n once more. Each position receives 1/n of the
///   gradient, which divides the sum of squares by n, but all n move the mean together.
///
/// Layers beside which a path leads around (branches of residual sums) are left out where they are zero: a branch that
/// starts from zero by design has no mean square to compare. A zero layer in the only path leaves no growth at all.
package struct GrowthPath: Sendable {
  /// For each node, the indices of its inputs; -1 is the network's input.
  package let inputs: [[Int]]
  /// Whether some path from the input to the output avoids the node.
  package let isBypassed: [Bool]
  /// Hidden layers with weights, from input to output.
  package let layers: [Int]
  /// Where paths lead around some of these layers: the hidden nodes that all paths pass, such as residual sums; else empty.
  package let stream: [Int]
  /// Whether the node is a pooling.
  private let isPooling: [Bool]
  /// log10 of the factor that makes the node's mean squared gradient comparable.
  private let gradientFactor: [Double]

  package init(_ network: Network) {
    let nodes = network.nodes
    var places = [Network.inputName: -1]
    for (place, node) in nodes.enumerated() { places[node.name] = place }
    let inputs = nodes.map { $0.inputs.map { places[$0] ?? -1 } }
    self.inputs = inputs
    // Every node reaches the output and is reached from the input, and nodes are in order, so a path around a node exists
    // exactly where an edge passes over it.
    var furthest = [Int](repeating: 0, count: nodes.count + 1)
    for (place, sources) in inputs.enumerated() {
      for source in sources { furthest[source + 1] = max(furthest[source + 1], place) }
    }
    var reach = 0
    let isBypassed = nodes.indices.map { place in
      reach = max(reach, furthest[place])
      return reach > place
    }
    self.isBypassed = isBypassed
    let output = network.outputIndex
    let hidden = nodes.indices.filter { $0 < output && !nodes[$0].layer.traits.contains(.besideOutput) }
    let layers = hidden.filter { nodes[$0].layer.weightShape(from: nodes[$0].inputShapes) != nil }
    self.layers = layers
    stream = layers.contains { isBypassed[$0] } ? hidden.filter { !isBypassed[$0] } : []
    isPooling = nodes.map { $0.layer.traits.contains(.pools) }
    // From the output back: the number of positions that averages on the way to the output join, on the path that loses
    // least.
    var averaged = [Double](repeating: .infinity, count: nodes.count)
    if !nodes.isEmpty { averaged[nodes.count - 1] = 1 }
    for place in nodes.indices.reversed() {
      let own = averaged[place] * nodes[place].averagedPositions
      for source in inputs[place] where source >= 0 { averaged[source] = min(averaged[source], own) }
    }
    // In a graph from a file some nodes lead to other outputs only.
    gradientFactor = nodes.indices.map {
      log10(Double(nodes[$0].shape.positions)) + (averaged[$0].isFinite ? log10(averaged[$0]) : 0)
    }
  }

  /// A layer of the growth, with its comparable mean square.
  package struct Step: Sendable {
    package var place: Int
    /// log10 of the comparable mean square.
    package var log10: Double
  }

  /// The layers that count, from input to output, with their mean squares in each replica; nil where a layer has no signal
  /// in one.
  ///
  /// - Parameters:
  ///   - replicas: For each replica, the activations of a place.
  package func activations(_ replicas: [(Int) -> SignalSummary?]) -> [[Step]]? {
    steps(replicas, corrections: poolingCorrections)
  }

  /// log10 of what poolings on the way do to the mean square, to be taken off.
  private func poolingCorrections(_ signal: (Int) -> SignalSummary?) -> [Double] {
    var offsets = [Double](repeating: 0, count: inputs.count)
    guard isPooling.contains(true) else { return offsets }
    for place in inputs.indices {
      let source = inputs[place].first ?? -1
      offsets[place] = source >= 0 ? offsets[source] : 0
      guard isPooling[place], source >= 0, let after = signal(place)?.log10SecondMoment,
        let before = signal(source)?.log10SecondMoment
      else { continue }
      offsets[place] -= after - before
    }
    return offsets
  }

  /// The same for gradients, still listed from input to output.
  package func gradients(_ replicas: [(Int) -> SignalSummary?]) -> [[Step]]? { steps(replicas) { _ in gradientFactor } }

  /// What all paths pass, with comparable mean squares of activations, or of gradients; nodes without a signal are left out.
  package func streamSteps(ofGradients: Bool, _ signal: (Int) -> SignalSummary?) -> [Step] {
    let corrections = ofGradients ? gradientFactor : poolingCorrections(signal)
    return stream.compactMap { place in
      signal(place)?.log10SecondMoment.map { Step(place: place, log10: $0 + corrections[place]) }
    }
  }

  private func steps(
    _ replicas: [(Int) -> SignalSummary?], corrections: ((Int) -> SignalSummary?) -> [Double]
  ) -> [[Step]]? {
    let counted = layers.filter { place in
      !isBypassed[place] || !replicas.contains { Self.isZero($0(place)) }
    }
    var result: [[Step]] = []
    for signal in replicas {
      let corrections = corrections(signal)
      var steps: [Step] = []
      for place in counted {
        guard let value = signal(place)?.log10SecondMoment else { return nil }
        steps.append(Step(place: place, log10: value + corrections[place]))
      }
      result.append(steps)
    }
    return result
  }

  private static func isZero(_ signal: SignalSummary?) -> Bool {
    guard let signal else { return false }
    return signal.log10SecondMoment == nil && signal.nonFinite == 0
  }
}

extension Shape {
  /// The number of places at which the same weights act: pixels of an image, steps of a sequence.
  package var positions: Int {
    switch self {
    case .features: 1
    case .image(_, let height, let width): height * width
    case .sequence(let steps, _): steps
    }
  }
}

extension Network.Node {
  /// How many positions enter an average for each that leaves it; 1 for other layers. Overlapping windows share positions.
  package var averagedPositions: Double {
    guard layer.traits.contains(.averages), let input = inputShapes.first else { return 1 }
    return Double(input.positions) / Double(shape.positions)
  }
}
