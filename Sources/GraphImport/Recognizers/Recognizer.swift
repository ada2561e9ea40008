import NetworkGraph

/// Part of a graph that a report shows as one layer.
struct Recognition {
  var kind: String
  /// The node that gives the layer its name, and at which it stands in the order.
  var anchor: Int
  var preactivation: ValueID
  /// The trainable tensors, weights first, with what each is to the layer.
  var parameters: [(held: GraphIndex.Held, use: TensorUse)] = []
  var traits: OperatorTraits
  /// For an activation function that stands for itself: which it is, and its result.
  var function: (activation: Activation, output: ValueID)?
  /// Whether an activation function behind it belongs to it.
  var takesActivation = true
  /// The states of a recurrent layer that the graph writes out step by step, first to last.
  var states: [ValueID] = []
  /// The functions of such a layer's gates, and for each step the values that they read.
  var gates: (functions: [Activation], values: [[ValueID]]) = ([], [])
  /// What is added to the module's name, for parts that are no module of their own.
  var suffix: String?
}

/// What a trainable tensor is to the operator that reads it.
enum TensorUse {
  /// A matrix or kernel with this shape; `isStoredTransposed` where its rows are columns in memory, `isShaped` where other
  /// operators scale it or cut it up before the layer reads it.
  case weight(WeightShape, isStoredTransposed: Bool, isShaped: Bool = false)
  case bias(fan: WeightShape?)
  case gain
  /// The lengths along an axis that another tensor is given, of all of it where there is no axis: weight normalization.
  case length(of: Int, axis: Int?)
  case shift

  var isWeight: Bool { if case .weight = self { true } else { false } }
}

/// Finds one kind of layer in a graph. It names nodes and rewrites nothing.
protocol Recognizer {
  /// The layer whose main operator is this node; nil for another.
  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition?
}

/// All recognizers; the first that knows a node names it.
enum RecognizerCatalogue {
  static var recognizers: [any Recognizer.Type] {
    [
      BilinearRecognizer.self, LinearRecognizer.self, EinsumRecognizer.self, ConvolutionRecognizer.self,
      NormalizationRecognizer.self,
      RootMeanSquareRecognizer.self, EmbeddingRecognizer.self, RecurrentRecognizer.self, ScanRecognizer.self,
      AttentionRecognizer.self,
      ResidualRecognizer.self,
      GateRecognizer.self, PoolingRecognizer.self, StandaloneActivationRecognizer.self,
    ]
  }

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    for recognizer in recognizers { if let found = recognizer.recognize(node, in: index) { return found } }
    return nil
  }
}
