extension InitializerEntry {
  static let file = InitializerEntry(
    name: "file", summary: "As the model's file has it.", variance: "unknown", distribution: "unknown", source: "the file",
    fillsEveryTensor: true
  ) { _, _ in .dataDependent(.withinLayer) }
}

extension Initializer {
  /// Every tensor as the model's file has it.
  public static let file = Initializer(.file)
}
