extension InitializerEntry {
  static let torchNormal = InitializerEntry(
    name: "torch.normal", dialect: .torch, parameters: [.mean, .std(1)],
    summary: "PyTorch's normal; its first argument is the mean.",
    variance: "std^2", distribution: "normal", source: "torch.nn.init.normal_"
  ) { arguments, _ in
    .normal(mean: arguments.number("mean"), std: arguments.number("std"))
  }
}
