extension InitializerEntry {
  static let weightFile = InitializerEntry(
    name: "file", summary: "The values that a file holds, as they are; nothing is drawn.",
    variance: "the file's", distribution: "the file's", source: "the model's file, or --weights",
    fillsEveryTensor: true, origin: .file
  ) { _, _ in .unknown }
}

extension Initializer {
  /// The values that a file holds, as they are: for networks whose weights come from a file.
  public static let file = Initializer(.weightFile)
}
