extension InitializerEntry {
  static let torchEye = InitializerEntry(
    name: "torch.eye", dialect: .torch,
    summary: "PyTorch's identity matrix; a kernel, which PyTorch refuses, gets it at its centre tap.",
    variance: "p (1 - p), p the share of ones", distribution: "deterministic", source: "torch.nn.init.eye_"
  ) { _, _ in .identity(gain: 1) }
}
