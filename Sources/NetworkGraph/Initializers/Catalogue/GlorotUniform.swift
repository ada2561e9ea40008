extension InitializerEntry {
  static let glorotUniform = InitializerEntry(
    name: "glorot_uniform", aliases: ["xavier_uniform"], parameters: [.gain],
    summary: "Uniform between the variances that keep a linear layer's forward and its backward signal.",
    variance: "2 gain^2 / (fanIn + fanOut)", distribution: "uniform", source: "Glorot and Bengio 2010, equation 16"
  ) { arguments, shape in
    let gain = arguments.number("gain")
    return .uniform(variance: gain * gain / shape.fans[.fanAverage])
  }
}

extension Initializer {
  /// Uniform with variance `2 / (fanIn + fanOut)`.
  public static let glorotUniform = Initializer(.glorotUniform)

  /// Uniform with variance `2 gain^2 / (fanIn + fanOut)`.
  public static func glorotUniform(gain: Double) -> Initializer { Initializer(.glorotUniform, numbers: ["gain": gain]) }
}
