extension InitializerEntry {
  static let zeros = InitializerEntry(
    name: "zeros", aliases: ["zero"],
    summary: "Every entry 0: all units of a layer stay alike; right for biases and the last layer of a residual branch.",
    variance: "0", distribution: "constant", source: "Goodfellow, Bengio and Courville 2016, section 8.4"
  ) { _, _ in .constant(0) }
}

extension Initializer {
  /// Sets every entry to 0.
  public static let zeros = Initializer(.zeros)
}
