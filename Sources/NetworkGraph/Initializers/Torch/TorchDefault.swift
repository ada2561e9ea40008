extension InitializerEntry {
  static let torchDefault = InitializerEntry(
    name: "torch.default", dialect: .torch,
    summary: "What each PyTorch layer starts from, its reset_parameters: linear and convolutional weights and biases within "
      + "1 / sqrt(fanIn), all of a recurrent layer's within 1 / sqrt(units), embeddings N(0, 1), Xavier uniform for an "
      + "attention's packed query, key and value, whose biases are 0, gains 1. PyTorch's LSTM has no forget_bias: write 0.",
    variance: "each layer's own", distribution: "each layer's own", source: "reset_parameters in torch.nn",
    fillsEveryTensor: true
  ) { _, tensor in
    switch (tensor.role, tensor.use) {
    case (.gain, _): .constant(1)
    case (.shift, _): .constant(0)
    // PyTorch adds two bias vectors where there is one here.
    case (.bias, .cell(let biases)) where biases == 2: .triangular(variance: 2 / (3 * Double(tensor.shape.outputs)))
    case (_, .cell): .uniform(variance: 1 / (3 * Double(tensor.shape.outputs)))
    case (.weight, .table): .normal(mean: 0, std: 1)
    case (.bias, .projection), (.bias, .attentionOutput): .constant(0)
    case (.weight, .projection): .uniform(variance: 1 / tensor.torchFans[.fanAverage])
    default: .uniform(variance: 1 / (3 * tensor.torchFans[.fanIn]))
    }
  }
}

extension Initializer {
  /// What each PyTorch layer draws by default, for every tensor.
  public static let torchDefault = Initializer(.torchDefault)
}
