extension InitializerEntry {
  static let torchKaimingNormal = InitializerEntry(
    name: "torch.kaiming_normal", aliases: ["torch.he_normal"], dialect: .torch, parameters: torchKaimingParameters,
    summary: "PyTorch's He normal: a leaky ReLU's gain with slope a = 0 unless told otherwise.",
    variance: "gain^2 / fan", distribution: "normal", source: "torch.nn.init.kaiming_normal_"
  ) { arguments, tensor in
    .normal(variance: torchKaimingVariance(arguments, tensor))
  }
}
