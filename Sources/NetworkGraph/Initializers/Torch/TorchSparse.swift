extension InitializerEntry {
  static let torchSparse = InitializerEntry(
    name: "torch.sparse", dialect: .torch,
    parameters: [
      Parameter(
        "sparsity", .number(default: 0.1, in: 0...1),
        "share of each column that is zero, rounded up; PyTorch has no default"),
      .std(0.01, "standard deviation of the entries that are not zero"),
    ],
    summary: "PyTorch's sparse normal: a fixed number of zeros in each column.",
    variance: "(1 - zeros / rows) std^2", distribution: "normal mixed with zeros", source: "torch.nn.init.sparse_"
  ) { arguments, tensor in
    tensor.torchMatrix { .sparse(fraction: arguments.number("sparsity"), std: arguments.number("std"), shape: $0) }
  }
}
