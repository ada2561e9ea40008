extension InitializerEntry {
  static let torchDirac = InitializerEntry(
    name: "torch.dirac", dialect: .torch,
    summary: "PyTorch's kernel that passes its input through, in each of the layer's groups.",
    variance: "p (1 - p), p the share of ones", distribution: "deterministic", source: "torch.nn.init.dirac_"
  ) { _, _ in .dirac }
}
