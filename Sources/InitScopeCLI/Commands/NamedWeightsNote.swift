import InitScope

/// Says on standard error how far `--init` reaches where layers of the network name their weights' initializers.
enum NamedWeightsNote {
  static func say(_ network: Network, _ initializers: [Initializer]) {
    if let text = text(network, initializers) { Console.message(text) }
  }

  /// Nil where `--init` fills every weight tensor.
  static func text(_ network: Network, _ initializers: [Initializer]) -> String? {
    // What no initializer reaches in a model from an ONNX file is said among the model's notes.
    guard !network.nodes.contains(where: { $0.layer is GraphLayer }) else { return nil }
    let named = network.namedWeights
    guard !named.isEmpty, let first = initializers.first else { return nil }
    let filled = network.weightsFilled(by: first)
    guard initializers.contains(where: network.takes) else {
      let runs = initializers.count == 1 ? "" : ": one audit stands for all \(initializers.count)"
      return "every layer names its initializer (\(network.runName(for: first))), and --init is not used\(runs)"
    }
    // A library's defaults fill biases even where all weights are named.
    guard !filled.isEmpty else { return "every weight tensor names its initializer: --init is used for no weights" }
    let reach = filled.count <= 3 ? filled.joined(separator: ", ") : "\(filled.count) weight tensors"
    return "--init is used for \(reach); the file names the initializer of \(named.count)"
  }
}
