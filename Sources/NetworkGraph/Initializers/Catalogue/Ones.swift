extension InitializerEntry {
  static let ones = InitializerEntry(
    name: "ones", aliases: ["one"],
    summary: "Every entry 1: all units of a layer stay alike; right for the gain of a normalization.",
    variance: "0", distribution: "constant", source: "Goodfellow, Bengio and Courville 2016, section 8.4"
  ) { _, _ in .constant(1) }
}

extension Initializer {
  /// Sets every entry to 1.
  public static let ones = Initializer(.ones)
}
