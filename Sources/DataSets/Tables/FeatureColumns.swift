import Spelling

/// What a table's columns are, as far as their names tell.
enum FeatureColumns {
  static let labelNames = ["label", "target", "class"]
  static let responseName = "response"
  /// Names that people give to columns of answers, beside those that are recognized.
  private static let answerNames: Set<String> = [
    "y", "labels", "targets", "classes", "species", "category", "outcome", "output", "answer", "y_true", "ground_truth",
    "diagnosis", "survived", "churn", "quality", "price",
  ]
  private static let idNames: Set<String> = ["id", "ids", "index", "idx", "row", "rowid", "row_id", "uuid"]

  /// Whether the name says that a column tells rows apart; pandas writes its index under no name.
  static func isID(_ name: String) -> Bool {
    let folded = name.lowercased()
    return folded.isEmpty || idNames.contains(folded) || folded.hasPrefix("unnamed:")
      || ["_id", " id", "-id", "_idx", "_index"].contains { folded.hasSuffix($0) }
      // `passengerId`, `Id`.
      || name.hasSuffix("Id") || name.hasSuffix("ID")
  }

  static func isAnswer(_ name: String) -> Bool {
    let folded = name.lowercased()
    return answerNames.contains(folded) || labelNames.contains(folded)
      || labelNames.contains { folded.hasPrefix("\($0)_") || folded.hasSuffix("_\($0)") }
  }

  /// A table of other features than the network takes: columns that look like an id or like answers are named before anybody
  /// feeds them to the network.
  static func mismatch(_ path: String, _ names: [String], network: Int) -> DataError {
    let ids = names.filter(isID), answers = names.filter { !isID($0) && isAnswer($0) }
    let message = "has samples of \(names.count) value\(names.count == 1 ? "" : "s"), the network takes \(network)"
    guard !(ids.isEmpty && answers.isEmpty), names.count > network || network == 0 else {
      return DataError(
        path: path, message,
        hint:
          "Give the network an input of \(names.count) features (--inputs \(names.count) for a preset), or leave columns "
          + "out (--leave-out NAME,NAME)")
    }
    func quoted(_ names: [String]) -> String {
      names.prefix(6).map { "'\(TerminalText.safe($0, limit: 40))'" }.joined(separator: ", ")
    }
    var looks: [String] = [], flags: [String] = []
    if !ids.isEmpty {
      looks.append("\(quoted(ids)) \(ids.count == 1 ? "looks like an id" : "look like ids")")
      flags.append("--leave-out \(word(ids))")
    }
    if !answers.isEmpty {
      looks.append("\(quoted(answers)) \(answers.count == 1 ? "looks like the answer" : "look like answers")")
      flags.append("--label-column \(word(Array(answers.prefix(1))))")
    }
    return DataError(
      path: path, "\(message); \(looks.joined(separator: ", "))", hint: "Give \(flags.joined(separator: " and "))")
  }

  /// Names as an option takes them, quoted where a shell would take them apart.
  private static func word(_ names: [String]) -> String {
    let text = names.map { TerminalText.safe($0, limit: 40) }.joined(separator: ",")
    return text.contains(where: { !($0.isLetter || $0.isNumber || "_-.,:".contains($0)) }) || text.isEmpty
      ? "'\(text)'" : text
  }
}
