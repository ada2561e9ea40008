extension InitializerEntry {
  static let truncatedNormal = InitializerEntry(
    name: "truncated_normal", aliases: ["trunc_normal"],
    parameters: [
      .parentStd(1), .mean,
      Parameter("low", .number(default: -2, in: -1e100...37), "lower bound, in deviations from the mean"),
      Parameter("high", .number(default: 2, in: -37...1e100), "upper bound, in deviations from the mean"),
    ],
    summary: "Normal conditioned on lying within bounds given in deviations; std is that of the uncut normal.",
    variance: "0.7737 std^2 at the default bounds", distribution: "truncated normal",
    source: "Johnson, Kotz and Balakrishnan 1994, chapter 13, section 10.1",
    conflict: { arguments in
      emptyInterval(
        "truncated_normal", low: ("low", arguments.number("low")), high: ("high", arguments.number("high")))
    }
  ) { arguments, _ in
    .truncatedNormal(
      mean: arguments.number("mean"), std: arguments.number("std"),
      deviations: (low: arguments.number("low"), high: arguments.number("high")))
  }
}

extension Initializer {
  /// Normal weights cut off at `mean + std low` and `mean + std high`; `std` is the deviation before the cut. mean + std
  /// high`; `std` is that of the uncut normal.
  public static func truncatedNormal(
    std: Double = 1, mean: Double = 0, low: Double = -2, high: Double = 2
  ) -> Initializer {
    Initializer(.truncatedNormal, numbers: ["std": std, "mean": mean, "low": low, "high": high])
  }
}
