extension InitializerEntry {
  static let torchXavierNormal = InitializerEntry(
    name: "torch.xavier_normal", aliases: ["torch.glorot_normal"], dialect: .torch, parameters: [.gain],
    summary: "PyTorch's Glorot normal: a grouped convolution's fanOut is not divided by its groups, and that "
      + "of stacked gates and of an attention's query, key and value counts all of them.",
    variance: "2 gain^2 / (fanIn + fanOut)", distribution: "normal", source: "torch.nn.init.xavier_normal_"
  ) { arguments, tensor in
    let gain = arguments.number("gain")
    return .normal(variance: gain * gain / tensor.torchFans[.fanAverage])
  }
}
