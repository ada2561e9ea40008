import MeanField
import NetworkGraph

/// Converts a network under one initializer to the form that theory takes.
struct NetworkTheory {
  /// How much theory can predict for the network.
  enum Form {
    /// Every layer feeds the next: theory predicts moments and their scatter at finite width.
    case chain([ChainLayer])
    /// The network has sums, or weights that the data scaled: theory predicts moments at infinite width.
    case graph([GraphNode])
  }

  let form: Form
  /// Why theory predicts less than for a chain; nil for a chain.
  let note: String?

  /// Why theory predicts nothing, as a sentence without its full stop.
  struct Silence: Error, Equatable {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(_ network: Network, _ assignment: InitializerAssignment) throws(Silence) {
    guard !assignment.isOfFile else { throw Silence("theory covers weights that are drawn, not those of a file") }
    guard network.nodes.count <= GraphPrediction.largestNodeCount else {
      throw Silence("theory covers networks of at most \(GraphPrediction.largestNodeCount) layers")
    }
    var places: [String: Int] = [:]
    var nodes: [GraphNode] = []
    var layers: [ChainLayer] = []
    var sums = 0, calibrated = 0, normalized = 0
    for (index, node) in network.nodes.enumerated() {
      let inputs = node.inputs.map { places[$0] }
      places[node.name] = index
      switch node.layer {
      case let dense as Dense:
        guard case .features = node.inputShapes[0] else {
          throw Silence("theory does not cover layers that act on each step of a sequence, such as \(node.name)")
        }
        var layer = ChainLayer(
          fanIn: node.inputShapes[0].count, units: node.shape.count, weightVariance: 0, activation: dense.activation)
        switch try Self.weights(of: node, assignment) {
        case .drawn(let variance, let law):
          (layer.weightVariance, layer.weightLaw) = (variance, law)
          layer.biasVariance = Self.biasVariance(of: node, assignment)
          nodes.append(GraphNode(.layer(layer), inputs: inputs))
        case .calibrated(let perUnit):
          calibrated += 1
          nodes.append(GraphNode(.calibrated(layer, perUnit: perUnit), inputs: inputs))
        }
        layers.append(layer)
      case let add as Add:
        guard add.activation.isIdentity else {
          throw Silence("theory does not cover an activation of a sum, such as \(add.activation) in layer \(node.name)")
        }
        sums += 1
        switch assignment.gainLaw(for: node) {
        case nil, .constant(1): nodes.append(GraphNode(.sum, inputs: inputs))
        case .constant(let gain): nodes.append(GraphNode(.weightedSum(branchGain: gain), inputs: inputs))
        case .some: throw Silence("theory does not cover sums whose gain is drawn at random, such as \(node.name)")
        }
      case let norm as BatchNorm:
        normalized += 1
        let signal = try Self.normalized(node, over: .batch, norm.normalization, assignment)
        nodes.append(GraphNode(.normalized(signal), inputs: inputs))
      case let norm as LayerNorm:
        normalized += 1
        let signal = try Self.normalized(node, over: .layer, norm.normalization, assignment)
        nodes.append(GraphNode(.normalized(signal), inputs: inputs))
      default:
        throw Silence("theory does not cover layers of kind \(node.layer.kind)")
      }
    }
    // A dense layer reads one signal. Without sums each layer can only feed the next, or some output would be unused.
    if sums == 0, calibrated == 0, normalized == 0 {
      form = .chain(layers)
      note = nil
    } else {
      form = .graph(nodes)
      note =
        calibrated > 0
        ? "weights are scaled to the data; theory gives no error bars for that"
        : normalized > 0
          ? "networks with normalization are predicted for infinite width and batch, without error bars"
          : "networks with sums are predicted for infinite width, without error bars"
    }
  }

  private static func normalized(
    _ node: Network.Node, over axis: NormalizedSignal.Axis, _ normalization: Normalization,
    _ assignment: InitializerAssignment
  ) throws(Silence) -> NormalizedSignal {
    guard case .features = node.inputShapes[0] else {
      throw Silence("theory does not cover normalizations of images or sequences, such as \(node.name)")
    }
    guard case .constant(let gain) = assignment.gainLaw(for: node) ?? .constant(1),
      assignment.shiftLaw(for: node) ?? .constant(0) == .constant(0)
    else {
      throw Silence("theory covers only normalizations with no shift and one gain for all units, unlike \(node.name)")
    }
    return NormalizedSignal(
      over: axis, epsilon: normalization.epsilon, gain: gain, activation: normalization.activation)
  }

  private enum Weights {
    case drawn(variance: Double, ChainLayer.WeightLaw)
    case calibrated(perUnit: Bool)
  }

  private static func weights(of node: Network.Node, _ assignment: InitializerAssignment) throws(Silence) -> Weights {
    guard let law = assignment.weightLaw(for: node), let shape = node.layer.weightShape(from: node.inputShapes) else {
      throw Silence("layer \(node.name) has no weights")
    }
    switch law {
    case .dataDependent(.lsuv): return .calibrated(perUnit: false)
    case .dataDependent(.withinLayer): return .calibrated(perUnit: true)
    default:
      // Theory describes weights by their mean square. A mean that is not 0 then shows as a disagreement.
      guard let size = law.rootMeanSquare(shape), size.isFinite else {
        throw Silence("layer \(node.name) has weights without a finite variance")
      }
      let isOrthogonal = if case .orthogonal = law { true } else { false }
      return .drawn(variance: size * size, isOrthogonal ? .orthogonal : .independent)
    }
  }

  private static func biasVariance(of node: Network.Node, _ assignment: InitializerAssignment) -> Double {
    guard let shape = node.layer.weightShape(from: node.inputShapes), let law = assignment.biasLaw(for: node),
      let size = law.rootMeanSquare(shape)
    else { return 0 }
    return size * size
  }
}
