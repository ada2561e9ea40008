import ArgumentParser
import InitScope
import Spelling

/// How a source is read: the options that `audit`, `check` and `train` share.
struct DataArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Column of a .csv that holds the classes, by name or number; several separated by commas hold a one-hot code.",
      valueName: "names"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp("Columns of a .csv that hold quantities to predict, separated by commas.", valueName: "names"))
  var responseColumn: String?

  @Option(help: ArgumentHelp("Columns of a .csv to leave out, such as an id.", valueName: "names"))
  var leaveOut: String?

  @Option(
    help: ArgumentHelp("A .npy file with the label or target of each sample, where samples are a .npy.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Tokens of a text (default: what a network file takes, else 80).", valueName: "n"))
  var sequenceLength: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many different token ids a text may have (default: those of a network file's embedding, else 10000).",
      valueName: "n"))
  var vocabulary: Int?

  func validate() throws {
    try OptionChecks.range(sequenceLength, "--sequence-length", LoadingOptions.lengthRange)
    try OptionChecks.range(vocabulary, "--vocabulary", LoadingOptions.vocabularyRange)
    for (name, text) in [("--label-column", labelColumn), ("--response-column", responseColumn), ("--leave-out", leaveOut)] {
      if let text, Self.names(text).isEmpty { throw ValidationError("\(name) names no column.") }
    }
    if let labels, !labels.lowercased().hasSuffix(".npy") {
      throw ValidationError("--labels takes a .npy file, got '\(TerminalText.safe(labels))'.")
    }
  }

  /// What was given, as on the command line.
  var given: [(name: DataOption, value: String)] {
    let all: [(DataOption, String?)] = [
      (.labelColumn, labelColumn), (.responseColumn, responseColumn), (.leaveOut, leaveOut), (.labels, labels),
      (.sequenceLength, sequenceLength.map { "\($0)" }), (.vocabulary, vocabulary.map { "\($0)" }),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  /// The same with what a file says where nothing was given.
  ///
  /// - Throws: ArgumentParser's errors, as for the command line.
  func completed(options: [(name: DataOption, value: String)]) throws -> DataArguments {
    let own = Set(given.map(\.name))
    let all = given + options.filter { !own.contains($0.name) }
    return try DataArguments.parse(all.map { "--\($0.name.rawValue)=\($0.value)" })
  }

  /// What `LoadingOptions` are, for a network that is known already where a file describes it.
  func options(seed: UInt64, network: Network? = nil) -> LoadingOptions {
    // Where the network reads ids, a text is cut to its length and its vocabulary.
    let ids = network?.tokenVocabulary.flatMap { LoadingOptions.vocabularyRange.contains($0) ? $0 : nil }
    let length = ids == nil ? nil : network.map(\.input.count).flatMap { LoadingOptions.lengthRange.contains($0) ? $0 : nil }
    return LoadingOptions(
      seed: seed, sequenceLength: sequenceLength ?? length ?? 80, vocabularySize: vocabulary ?? ids ?? 10_000,
      columns: TableColumns(
        labels: Self.names(labelColumn), responses: Self.names(responseColumn), leftOut: Self.names(leaveOut)),
      labelsPath: labels)
  }

  private static func names(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
  }
}
