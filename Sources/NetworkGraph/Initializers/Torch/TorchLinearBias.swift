extension InitializerEntry {
  static let torchLinearBias = InitializerEntry(
    name: "torch.linear_bias", dialect: .torch,
    summary: "What nn.Linear and nn.Conv2d draw their bias from: uniform within 1 / sqrt(fanIn) of the layer's weights.",
    variance: "1 / (3 fanIn)", distribution: "uniform", source: "torch.nn.Linear.reset_parameters"
  ) { _, tensor in
    .uniform(variance: 1 / (3 * tensor.torchFans[.fanIn]))
  }
}

extension Initializer {
  /// The default bias of PyTorch's linear and convolutional layers: uniform on `+-1 / sqrt(fanIn)`.
  public static let torchLinearBias = Initializer(.torchLinearBias)
}
