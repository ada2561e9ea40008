extension InitializerEntry {
  static let torchOrthogonal = InitializerEntry(
    name: "torch.orthogonal", dialect: .torch, parameters: [.gain],
    summary: "PyTorch's semi-orthogonal matrix: kernels are flattened on dimension 0, the units.",
    variance: "gain^2 / max(rows, columns)", distribution: "Haar measure on semi-orthogonal matrices",
    source: "torch.nn.init.orthogonal_"
  ) { arguments, _ in
    .orthogonal(gain: arguments.number("gain"), transposed: false)
  }
}
