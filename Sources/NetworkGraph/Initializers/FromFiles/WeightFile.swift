extension InitializerEntry {
  static let weightFile = InitializerEntry(
    name: "file", summary: "The weights that a file holds, as they are (`--weights`); nothing is drawn.",
    variance: "the file's", distribution: "the file's", source: "the file of weights",
    fillsEveryTensor: true, origin: .file
  ) { _, tensor in
    // Rules and theory leave such runs alone; a tensor that the file does not give starts as Keras has it.
    Initializer.kerasDefault.law(for: tensor)
  }
}

extension Initializer {
  /// The weights that a file holds, as they are.
  public static let file = Initializer(.weightFile)
}
