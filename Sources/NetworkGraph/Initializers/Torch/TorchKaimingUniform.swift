extension InitializerEntry {
  static let torchKaimingUniform = InitializerEntry(
    name: "torch.kaiming_uniform", aliases: ["torch.he_uniform"], dialect: .torch, parameters: torchKaimingParameters,
    summary: "PyTorch's He uniform: a leaky ReLU's gain with slope a = 0 unless told otherwise.",
    variance: "gain^2 / fan", distribution: "uniform", source: "torch.nn.init.kaiming_uniform_"
  ) { arguments, shape in
    .uniform(variance: torchKaimingVariance(arguments, shape))
  }

  /// What both Kaiming entries take.
  static let torchKaimingParameters: [Parameter] = [
    .bound("a", 0, "negative slope, read where nonlinearity is leaky_relu"),
    .mode(.fanIn, of: [.fanIn, .fanOut]),
    Parameter(
      "nonlinearity", .choice(default: TorchGain.leakyReLU.rawValue, of: TorchGain.allCases.map(\.rawValue)),
      "what the gain allows for"),
  ]

  /// `calculate_gain(nonlinearity, a)^2 / fan`.
  static func torchKaimingVariance(_ arguments: Arguments, _ shape: WeightShape) -> Double {
    let gain = TorchGain(rawValue: arguments.choice("nonlinearity"))?.value(slope: arguments.number("a")) ?? 1
    return gain * gain / shape.torchFans[arguments.fanMode]
  }
}
