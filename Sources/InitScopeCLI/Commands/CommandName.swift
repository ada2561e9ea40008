/// Which command is running, for the help of options that several commands share: it names each command's own defaults.
enum CommandName {
  /// `train`, and `help train`.
  static let isTrain = named("train")
  static let measures = !named("fix") && !named("describe")

  private static func named(_ name: String) -> Bool {
    let words = CommandLine.arguments.dropFirst().prefix(2)
    return words.first == name || words.first == "help" && words.last == name
  }
}
