extension InitializerEntry {
  static let heUniform = InitializerEntry(
    name: "he_uniform", aliases: ["kaiming_uniform"], parameters: [.slope, .mode(.fanIn)],
    summary: "Uniform that keeps the second moment of a ReLU layer, or of a leaky one given its slope.",
    variance: "2 / ((1 + slope^2) fan)", distribution: "uniform", source: "He 2015, section 2.2, equations 10, 14 and 15"
  ) { arguments, shape in
    let slope = arguments.number("slope")
    return .uniform(variance: 2 / (1 + slope * slope) / shape.fans[arguments.fanMode])
  }
}

extension Initializer {
  /// Uniform with variance `2 / fanIn`.
  public static let heUniform = Initializer(.heUniform)

  /// Uniform with variance `2 / ((1 + slope^2) fan)`.
  public static func heUniform(slope: Double, mode: FanMode = .fanIn) -> Initializer {
    Initializer(.heUniform, numbers: ["slope": slope], choices: ["mode": mode.rawValue])
  }

  /// Uniform with variance `2 / fan`.
  public static func heUniform(mode: FanMode) -> Initializer { .heUniform(slope: 0, mode: mode) }
}
