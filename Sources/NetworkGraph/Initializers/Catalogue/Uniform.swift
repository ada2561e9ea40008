import NumberText

extension InitializerEntry {
  static let uniform = InitializerEntry(
    name: "uniform",
    parameters: [
      Parameter(
        "limit", .number(default: 0, in: 0...1e100), "half the width of an interval around 0; where 0, low and high count"),
      .bound("low", -1, "lower end"), .bound("high", 1, "upper end, not reached"),
    ],
    summary: "Independent uniforms on [low, high), or on [-limit, limit).",
    variance: "(high - low)^2 / 12", distribution: "uniform",
    source: "LeCun, Bottou, Orr and Müller 1998, section 4.6",
    conflict: { arguments in
      let low = arguments.number("low"), high = arguments.number("high")
      if arguments.number("limit") == 0 { return emptyInterval("uniform", low: ("low", low), high: ("high", high)) }
      guard low == -1, high == 1 else {
        return SpecificationError(
          "uniform is given `limit` together with `low` or `high`", hint: "Keep one of the two forms.")
      }
      return nil
    }
  ) { arguments, _ in
    let limit = arguments.number("limit")
    return limit > 0
      ? .uniform(low: -limit, high: limit) : .uniform(low: arguments.number("low"), high: arguments.number("high"))
  }

  /// Makes the error for an interval whose ends are in the wrong order.
  static func emptyInterval(
    _ entry: String, low: (name: String, value: Double), high: (name: String, value: Double)
  ) -> SpecificationError? {
    guard low.value >= high.value else { return nil }
    return SpecificationError(
      "\(entry): \(low.name) is \(exactNumber(low.value)) and \(high.name) is \(exactNumber(high.value))",
      hint: "\(low.name) must be below \(high.name).")
  }
}

extension Initializer {
  /// Uniform weights on `[low, high)`.
  public static func uniform(low: Double, high: Double) -> Initializer {
    Initializer(.uniform, numbers: ["low": low, "high": high])
  }

  /// Uniform weights on `[-limit, limit)`, `limit > 0`.
  public static func uniform(limit: Double) -> Initializer {
    precondition(limit > 0, "a uniform's limit must be greater than 0, got \(limit)")
    return Initializer(.uniform, numbers: ["limit": limit])
  }
}
