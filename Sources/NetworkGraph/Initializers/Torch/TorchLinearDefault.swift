extension InitializerEntry {
  static let torchLinearDefault = InitializerEntry(
    name: "torch.linear_default", dialect: .torch,
    summary: "What nn.Linear and nn.Conv2d draw their weights from, here in every layer: kaiming_uniform with a = sqrt 5, "
      + "hence +-1 / sqrt(fanIn). What each layer draws by itself is torch.default.",
    variance: "1 / (3 fanIn)", distribution: "uniform", source: "torch.nn.Linear.reset_parameters"
  ) { _, tensor in
    .uniform(variance: 1 / (3 * tensor.torchFans[.fanIn]))
  }
}

extension Initializer {
  /// The default weights of PyTorch's linear and convolutional layers: uniform on `+-1 / sqrt(fanIn)`.
  public static let torchLinearDefault = Initializer(.torchLinearDefault)
}
