extension InitializerEntry {
  static let torchKaimingUniform = InitializerEntry(
    name: "torch.kaiming_uniform", aliases: ["torch.he_uniform"], dialect: .torch, parameters: torchKaimingParameters,
    summary: "PyTorch's He uniform: a leaky ReLU's gain with slope a = 0 unless told otherwise.",
    variance: "gain^2 / fan", distribution: "uniform", source: "torch.nn.init.kaiming_uniform_"
  ) { arguments, tensor in
    .uniform(variance: torchKaimingVariance(arguments, tensor))
  }

  /// The parameters that both Kaiming entries share.
  static let torchKaimingParameters: [Parameter] = [
    .bound("a", 0, "negative slope, read where nonlinearity is leaky_relu"),
    .mode(.fanIn, of: [.fanIn, .fanOut]),
    Parameter(
      "nonlinearity",
      .choice(
        default: "leaky_relu",
        of: [
          "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid",
          "tanh", "relu", "leaky_relu", "selu",
        ]), "what the gain allows for"),
  ]

  /// The variance `calculate_gain(nonlinearity, a)^2 / fan`.
  static func torchKaimingVariance(_ arguments: Arguments, _ tensor: ParameterTensor) -> Double {
    let nonlinearity = arguments.choice("nonlinearity"), slope = arguments.number("a")
    guard let gain = try? Gain.torch(nonlinearity, slope: slope) else {
      preconditionFailure("no gain for \(nonlinearity) with slope \(slope)")
    }
    return gain * gain / tensor.torchFans[arguments.fanMode]
  }
}
