extension InitializerEntry {
  static let lecunUniform = InitializerEntry(
    name: "lecun_uniform", parameters: [.gain, .mode(.fanIn)],
    summary: "Uniform that keeps the second moment of a linear layer; the one that SELU asks for.",
    variance: "gain^2 / fan", distribution: "uniform",
    source: "LeCun, Bottou, Orr and Müller 1998, section 4.6; Klambauer 2017"
  ) { arguments, shape in
    let gain = arguments.number("gain")
    return .uniform(variance: gain * gain / shape.fans[arguments.fanMode])
  }
}

extension Initializer {
  /// Uniform with variance `1 / fanIn`.
  public static let lecunUniform = Initializer(.lecunUniform)

  /// Uniform with variance `gain^2 / fan`.
  public static func lecunUniform(gain: Double, mode: FanMode = .fanIn) -> Initializer {
    Initializer(.lecunUniform, numbers: ["gain": gain], choices: ["mode": mode.rawValue])
  }
}
