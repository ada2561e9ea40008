extension InitializerEntry {
  static let torchOrthogonal = InitializerEntry(
    name: "torch.orthogonal", dialect: .torch, parameters: [.gain],
    summary: "PyTorch's semi-orthogonal matrix: kernels are flattened on dimension 0, the units; a recurrent cell's gates "
      + "are one matrix, and so are an attention's query, key and value.",
    variance: "gain^2 / max(rows, columns)", distribution: "Haar measure on semi-orthogonal matrices",
    source: "torch.nn.init.orthogonal_"
  ) { arguments, tensor in
    tensor.torchMatrix { _ in .orthogonal(gain: arguments.number("gain"), transposed: false) }
  }
}
