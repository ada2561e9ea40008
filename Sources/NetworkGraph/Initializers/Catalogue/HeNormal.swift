extension InitializerEntry {
  static let heNormal = InitializerEntry(
    name: "he_normal", aliases: ["kaiming_normal", "he", "kaiming", "msra"], parameters: [.slope, .mode(.fanIn)],
    summary: "Normal that keeps the second moment of a ReLU layer, or of a leaky one given its slope.",
    variance: "2 / ((1 + slope^2) fan)", distribution: "normal", source: "He 2015, section 2.2, equations 10, 14 and 15"
  ) { arguments, shape in
    let slope = arguments.number("slope")
    return .normal(variance: 2 / (1 + slope * slope) / shape.fans[arguments.fanMode])
  }
}

extension Initializer {
  /// Normal with variance `2 / fanIn`.
  public static let heNormal = Initializer(.heNormal)

  /// Normal with variance `2 / ((1 + slope^2) fan)`.
  public static func heNormal(slope: Double, mode: FanMode = .fanIn) -> Initializer {
    Initializer(.heNormal, numbers: ["slope": slope], choices: ["mode": mode.rawValue])
  }

  /// Normal with variance `2 / fan`.
  public static func heNormal(mode: FanMode) -> Initializer { .heNormal(slope: 0, mode: mode) }
}
