extension InitializerEntry {
  static let torchUniform = InitializerEntry(
    name: "torch.uniform", dialect: .torch,
    parameters: [.bound("a", 0, "lower end"), .bound("b", 1, "upper end, not reached")],
    summary: "PyTorch's uniform: on [0, 1) unless told otherwise.",
    variance: "(b - a)^2 / 12", distribution: "uniform", source: "torch.nn.init.uniform_",
    conflict: { arguments in
      emptyInterval("torch.uniform", low: ("a", arguments.number("a")), high: ("b", arguments.number("b")))
    }
  ) { arguments, _ in
    .uniform(low: arguments.number("a"), high: arguments.number("b"))
  }
}
