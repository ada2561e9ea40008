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
  /// Whether the weights are those of a file, one drawing that all replicas share.
  let isOneDrawing: Bool

  /// Why theory predicts nothing, as a sentence without its full stop.
  struct Silence: Error, Equatable {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// Converts the network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - assignment: The laws of its tensors.
  ///   - measured: What was measured, for tensors that come from a file and that no law describes.
  /// - Throws: `Silence` where theory does not cover the network.
  init(_ network: Network, _ assignment: InitializerAssignment, measured: MeasuredTensors) throws(Silence) {
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
      let activation = node.layer.activation
      switch node.layer.theory {
      case .linear:
        guard let input = node.inputShapes.first, case .features = input else {
          throw Silence("theory does not cover layers that act on each step of a sequence, such as \(node.name)")
        }
        var layer = ChainLayer(
          fanIn: input.count, units: node.shape.count, weightVariance: 0, activation: activation)
        switch try Self.weights(of: node, assignment, measured) {
        case .drawn(let variance, let law):
          (layer.weightVariance, layer.weightLaw) = (variance, law)
          layer.biasVariance = try Self.biasVariance(of: node, assignment, measured)
          nodes.append(GraphNode(.layer(layer), inputs: inputs))
        case .calibrated(let perUnit):
          calibrated += 1
          nodes.append(GraphNode(.calibrated(layer, perUnit: perUnit), inputs: inputs))
        }
        layers.append(layer)
      case .sum:
        guard activation.isIdentity else {
          throw Silence("theory does not cover an activation of a sum, such as \(activation) in layer \(node.name)")
        }
        sums += 1
        switch Self.constant(.gain, of: node, assignment, measured) {
        case nil, .some(1): nodes.append(GraphNode(.sum, inputs: inputs))
        case .some(let gain) where gain.isFinite: nodes.append(GraphNode(.weightedSum(branchGain: gain), inputs: inputs))
        case .some: throw Silence("theory does not cover sums whose gain is drawn at random, such as \(node.name)")
        }
      case .normalization(let axis, let epsilon):
        guard inputs.count == 1, inputs[0] != nil else {
          throw Silence("theory does not cover normalizations of the input itself, such as \(node.name)")
        }
        normalized += 1
        let signal = try Self.normalized(
          node, over: axis == .batch ? .batch : .layer, epsilon: epsilon, assignment, measured)
        nodes.append(GraphNode(.normalized(signal), inputs: inputs))
      case .unknown(.sentence(let reason)):
        throw Silence("\(reason), such as those of \(node.name)")
      case .pooling, .unknown(.kind):
        throw Silence("theory does not cover \(node.layer.kind) layers")
      }
    }
    isOneDrawing = assignment.initializer.entry.origin == .file
    // A dense layer reads one signal. Without sums each layer can only feed the next, or some output would be unused.
    if sums == 0, calibrated == 0, normalized == 0 {
      form = .chain(layers)
      note = nil
    } else {
      form = .graph(nodes)
      note =
        calibrated > 0
        ? "with weights that are scaled to the data, theory gives values but no error bars, so `vs theory` is empty"
        : normalized > 0
          ? "with normalization, theory gives values (those of very wide layers and batches) but no error bars, so "
            + "`vs theory` is empty"
          : "with skip connections, theory gives values (those of very wide layers) but no error bars, so `vs theory` is "
            + "empty"
    }
  }

  /// The value that all entries of the node's tensor have; NaN where they differ, nil where the node has no such tensor.
  private static func constant(
    _ role: ParameterTensor.Role, of node: Network.Node, _ assignment: InitializerAssignment, _ measured: MeasuredTensors
  ) -> Double? {
    guard let tensor = node.parameters.first(where: { $0.role == role }) else { return nil }
    switch assignment.law(for: tensor, of: node.name) {
    case .constant(let value): return value
    case .unknown:
      guard let values = measured.values(of: tensor, in: node), values.nonFinite == 0, values.min == values.max else {
        return .nan
      }
      return values.min
    default: return .nan
    }
  }

  private static func normalized(
    _ node: Network.Node, over axis: NormalizedSignal.Axis, epsilon: Double, _ assignment: InitializerAssignment,
    _ measured: MeasuredTensors
  ) throws(Silence) -> NormalizedSignal {
    guard let input = node.inputShapes.first, case .features = input else {
      throw Silence("theory does not cover normalizations of images or sequences, such as \(node.name)")
    }
    let gain = constant(.gain, of: node, assignment, measured) ?? 1
    let shift = constant(.shift, of: node, assignment, measured) ?? 0
    guard !gain.isNaN, shift == 0 else {
      throw Silence("theory covers only normalizations with no shift and one gain for all units, unlike \(node.name)")
    }
    return NormalizedSignal(over: axis, epsilon: epsilon, gain: gain, activation: node.layer.activation)
  }

  private enum Weights {
    case drawn(variance: Double, ChainLayer.WeightLaw)
    case calibrated(perUnit: Bool)
  }

  private static func weights(
    of node: Network.Node, _ assignment: InitializerAssignment, _ measured: MeasuredTensors
  ) throws(Silence) -> Weights {
    guard let law = assignment.weightLaw(for: node), let shape = node.layer.weightShape(from: node.inputShapes) else {
      throw Silence("layer \(node.name) has no weights")
    }
    switch law {
    case .dataDependent(.lsuv): return .calibrated(perUnit: false)
    case .dataDependent(.withinLayer): return .calibrated(perUnit: true)
    case .unknown:
      let (variance, law) = try measured.weights(of: node, shape)
      return .drawn(variance: variance, law)
    default:
      // Theory describes weights by their mean square. A mean that is not 0 then shows as a disagreement.
      guard let size = law.rootMeanSquare(shape), size.isFinite else {
        throw Silence("layer \(node.name) has weights without a finite variance")
      }
      let isOrthogonal = if case .orthogonal = law { true } else { false }
      return .drawn(variance: size * size, isOrthogonal ? .orthogonal : .independent)
    }
  }

  private static func biasVariance(
    of node: Network.Node, _ assignment: InitializerAssignment, _ measured: MeasuredTensors
  ) throws(Silence) -> Double {
    guard let tensor = node.parameters.first(where: { $0.role == .bias }),
      let shape = node.layer.weightShape(from: node.inputShapes), let law = assignment.biasLaw(for: node)
    else { return 0 }
    if law == .unknown { return try measured.biasVariance(tensor, of: node) }
    let size = law.rootMeanSquare(shape) ?? 0
    return size * size
  }
}
