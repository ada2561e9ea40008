extension InitializerEntry {
  static let constant = InitializerEntry(
    name: "constant", aliases: ["const"], parameters: [.value(0)],
    summary: "Every entry the same value: all units of a layer stay alike.",
    variance: "0", distribution: "constant", source: "Goodfellow, Bengio and Courville 2016, section 8.4"
  ) { arguments, _ in .constant(arguments.number("value")) }
}

extension Initializer {
  /// Sets every entry to `value`.
  public static func constant(_ value: Double) -> Initializer { Initializer(.constant, numbers: ["value": value]) }
}
