extension InitializerEntry {
  static let torchZeros = InitializerEntry(
    name: "torch.zeros", dialect: .torch, summary: "PyTorch's zeros.", variance: "0", distribution: "constant",
    source: "torch.nn.init.zeros_"
  ) { _, _ in .constant(0) }
}
