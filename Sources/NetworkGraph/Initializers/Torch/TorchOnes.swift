extension InitializerEntry {
  static let torchOnes = InitializerEntry(
    name: "torch.ones", dialect: .torch, summary: "PyTorch's ones.", variance: "0", distribution: "constant",
    source: "torch.nn.init.ones_"
  ) { _, _ in .constant(1) }
}
