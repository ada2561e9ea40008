extension InitializerEntry {
  static let glorotNormal = InitializerEntry(
    name: "glorot_normal", aliases: ["xavier_normal", "xavier", "glorot"], parameters: [.gain],
    summary: "Normal between the variances that keep a linear layer's forward and its backward signal.",
    variance: "2 gain^2 / (fanIn + fanOut)", distribution: "normal", source: "Glorot and Bengio 2010, equation 12"
  ) { arguments, shape in
    let gain = arguments.number("gain")
    return .normal(variance: gain * gain / shape.fans[.fanAverage])
  }
}

extension Initializer {
  /// Normal with variance `2 / (fanIn + fanOut)`.
  public static let glorotNormal = Initializer(.glorotNormal)

  /// Normal with variance `2 gain^2 / (fanIn + fanOut)`.
  public static func glorotNormal(gain: Double) -> Initializer { Initializer(.glorotNormal, numbers: ["gain": gain]) }
}
