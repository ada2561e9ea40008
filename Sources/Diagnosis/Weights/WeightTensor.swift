import NetworkGraph
import SampleStatistics
import SignalPropagation

/// The first weights of one layer with what they are declared to be.
struct WeightTensor {
  var layer: LayerResult
  var summary: WeightSummary
  var node: Network.Node
  var law: WeightLaw
  var shape: WeightShape
  /// Tensors that were drawn independently of each other: 1 for given weights, which all replicas share.
  var tensors: Int

  /// Weights that were drawn independently of each other.
  var draws: Double { Double(shape.count) * Double(tensors) }

  /// Every layer of a run whose weights are all finite.
  static func all(in run: InitializerRun, _ context: RuleContext) -> [WeightTensor] {
    run.layers.compactMap { layer in
      let node = context.network.nodes[layer.index - 1]
      guard let summary = layer.weights, summary.nonFinite == 0, summary.variance.isFinite,
        let shape = node.layer.weightShape(from: node.inputShapes), let law = context.assignment.weightLaw(for: node)
      else { return nil }
      return WeightTensor(
        layer: layer, summary: summary, node: node, law: law, shape: shape,
        tensors: context.given.weights[node.name] == nil ? context.replicas : 1)
    }
  }

  /// The initializer that fills the tensor.
  func initializer(_ context: RuleContext) -> Initializer {
    node.parameters.first { $0.role == .weight }?.initializer ?? context.assignment.initializer
  }

  /// Whether all entries are drawn at random, so that no two layers have the same.
  var isRandom: Bool {
    switch law {
    case .constant, .identity, .dirac: false
    case .normal(_, let std), .sparse(_, let std): std > 0
    default: true
    }
  }
}

/// Words about layers.
enum LayerText {
  /// "dense_1", "dense_1 and dense_2", "dense_1, dense_2 and 7 more".
  static func names(_ layers: [LayerResult]) -> String {
    let names = layers.map(\.name)
    switch names.count {
    case 0: return "no layer"
    case 1: return names[0]
    case 2: return "\(names[0]) and \(names[1])"
    case 3: return "\(names[0]), \(names[1]) and \(names[2])"
    default: return "\(names[0]), \(names[1]) and \(names.count - 2) more"
    }
  }

  /// "Weights of layer dense_1", "Biases of layers dense_1 and dense_2".
  static func of(_ what: String, _ layers: [LayerResult]) -> String {
    "\(what) of layer\(layers.count == 1 ? "" : "s") \(names(layers))"
  }
}
