extension InitializerEntry {
  static let torchXavierUniform = InitializerEntry(
    name: "torch.xavier_uniform", aliases: ["torch.glorot_uniform"], dialect: .torch, parameters: [.gain],
    summary: "PyTorch's Glorot uniform: a grouped convolution's fanOut is not divided by its groups, and that "
      + "of stacked gates and of an attention's query, key and value counts all of them.",
    variance: "2 gain^2 / (fanIn + fanOut)", distribution: "uniform", source: "torch.nn.init.xavier_uniform_"
  ) { arguments, tensor in
    let gain = arguments.number("gain")
    return .uniform(variance: gain * gain / tensor.torchFans[.fanAverage])
  }
}
