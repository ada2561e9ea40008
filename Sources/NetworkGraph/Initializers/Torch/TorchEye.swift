extension InitializerEntry {
  static let torchEye = InitializerEntry(
    name: "torch.eye", dialect: .torch,
    summary: "PyTorch's identity matrix; a kernel, which PyTorch refuses, gets it at its centre tap.",
    variance: "p (1 - p), p the share of ones", distribution: "deterministic", source: "torch.nn.init.eye_"
  ) { _, tensor in
    // In a packed 3 E x E matrix the ones stand in the first rows, which are the query's.
    if case .projection(let part, _) = tensor.use, part > 0 { return .constant(0) }
    return tensor.stackedMatrix { _ in .identity(gain: 1) }
  }
}
