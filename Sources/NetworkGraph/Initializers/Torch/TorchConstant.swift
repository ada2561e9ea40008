extension InitializerEntry {
  static let torchConstant = InitializerEntry(
    name: "torch.constant", dialect: .torch, parameters: [.value(0, name: "val")],
    summary: "PyTorch's constant.", variance: "0", distribution: "constant", source: "torch.nn.init.constant_"
  ) { arguments, _ in .constant(arguments.number("val")) }
}
