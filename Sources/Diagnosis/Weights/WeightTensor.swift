import NetworkGraph
import SampleStatistics
import SignalPropagation

/// One weight tensor of a layer, with the law that it is declared to follow.
struct WeightTensor {
  var layer: LayerResult
  var summary: WeightSummary
  var node: Network.Node
  var tensor: ParameterTensor
  var law: WeightLaw
  var shape: WeightShape
  /// The number of tensors that were drawn independently; 1 for given weights, which all replicas share.
  var tensors: Int

  /// The number of weights that were drawn independently.
  var draws: Double { Double(shape.count) * Double(tensors) }

  /// Every weight tensor of a run whose weights are all finite; for runs without a list of parameters, each layer's first.
  static func all(in run: InitializerRun, _ context: RuleContext) -> [WeightTensor] {
    let others = Dictionary(run.parameters.map { ($0.name, $0.values) }) { first, _ in first }
    return run.layers.flatMap { layer -> [WeightTensor] in
      let node = context.network.nodes[layer.index - 1]
      let tensors = node.parameters.filter { $0.role == .weight }
      return tensors.enumerated().compactMap { place, tensor in
        let path = tensor.path(in: node.name)
        guard let summary = place == 0 ? layer.weights : others[path], summary.nonFinite == 0, summary.variance.isFinite
        else { return nil }
        let isGiven = place == 0 && context.given.weights[node.name] != nil || context.given.parameters[path] != nil
        let law = context.assignment.law(for: tensor, of: node.name)
        return WeightTensor(
          layer: layer, summary: summary, node: node, tensor: tensor, law: law, shape: tensor.shape,
          tensors: isGiven || law == .unknown ? 1 : context.replicas)
      }
    }
  }

  /// The initializer that fills the tensor.
  func initializer(_ context: RuleContext) -> Initializer {
    context.assignment.initializer(of: tensor) ?? context.assignment.initializer
  }

  /// The fans that the initializer uses.
  func fans(of initializer: Initializer) -> Fans { tensor.fans(of: initializer) }

  /// The layer's name, with the tensor's where the layer has several: `lstm_1 (tensor recurrent)`.
  var title: String {
    node.parameters.count { $0.role == .weight } > 1 ? "\(layer.name) (tensor \(tensor.name))" : layer.name
  }

  /// Whether all entries are drawn at random, so that no two layers have the same.
  var isRandom: Bool {
    switch law {
    case .constant, .identity, .dirac, .part(_, .identity): false
    case .normal(_, let std), .sparse(_, let std): std > 0
    default: true
    }
  }
}

extension ParameterTensor {
  /// The fans that an initializer of that framework uses.
  func fans(of initializer: Initializer) -> Fans {
    switch initializer.entry.dialect {
    case .initscope: fans
    case .torch: torchFans
    case .keras: kerasFans(since: initializer.arguments.choices["version"].flatMap { LibraryVersion($0) } ?? .newestKeras)
    }
  }
}

extension Sequence<WeightTensor> {
  /// The indices of the layers, each once, in order.
  var layerIndices: [Int] { Set(map(\.layer.index)).sorted() }
}

/// Text about layers for messages.
enum LayerText {
  /// "dense_1", "dense_1 and dense_2", "dense_1, dense_2 and 7 more".
  static func names(_ layers: [LayerResult]) -> String { names(layers.map(\.name)) }

  static func names(_ names: [String]) -> String {
    switch names.count {
    case 0: return "no layer"
    case 1: return names[0]
    case 2: return "\(names[0]) and \(names[1])"
    case 3: return "\(names[0]), \(names[1]) and \(names[2])"
    default: return "\(names[0]), \(names[1]) and \(names.count - 2) more"
    }
  }

  /// "Weights of layer dense_1", "Biases of layers dense_1 and dense_2".
  static func of(_ what: String, _ layers: [LayerResult]) -> String { of(what, layers.map(\.name)) }

  /// "Weights of layers dense_1 and lstm_1 (tensor recurrent)".
  static func of(_ tensors: [WeightTensor]) -> String { of("Weights", tensors.map(\.title)) }

  static func of(_ what: String, _ names: [String]) -> String {
    "\(what) of layer\(names.count == 1 ? "" : "s") \(Self.names(names))"
  }
}
