extension InitializerEntry {
  static let lecunNormal = InitializerEntry(
    name: "lecun_normal", parameters: [.gain, .mode(.fanIn)],
    summary: "Normal that keeps the second moment of a linear layer; the one that SELU asks for.",
    variance: "gain^2 / fan", distribution: "normal",
    source: "LeCun, Bottou, Orr and Müller 1998, section 4.6; Klambauer 2017"
  ) { arguments, shape in
    let gain = arguments.number("gain")
    return .normal(variance: gain * gain / shape.fans[arguments.fanMode])
  }
}

extension Initializer {
  /// Normal with variance `1 / fanIn`.
  public static let lecunNormal = Initializer(.lecunNormal)

  /// Normal with variance `gain^2 / fan`.
  public static func lecunNormal(gain: Double, mode: FanMode = .fanIn) -> Initializer {
    Initializer(.lecunNormal, numbers: ["gain": gain], choices: ["mode": mode.rawValue])
  }
}
