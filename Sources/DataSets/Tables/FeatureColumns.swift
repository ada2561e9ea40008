import Spelling

/// Guesses from their names what a table's columns hold.
enum FeatureColumns {
  static let labelNames = ["label", "target", "class"]
  static let responseName = "response"
  /// Names that people give to columns of answers, beside those that are recognized.
  private static let answerNames: Set<String> = [
    "y", "labels", "targets", "classes", "species", "category", "outcome", "output", "answer", "y_true", "ground_truth",
    "diagnosis", "survived", "churn", "quality", "price",
  ]
  private static let idNames: Set<String> = ["id", "ids", "index", "idx", "row", "rowid", "row_id", "uuid"]

  /// Whether the name is that of an id, which only tells rows apart. pandas writes its index without a name.
  static func isID(_ name: String) -> Bool {
    let folded = name.lowercased()
    return folded.isEmpty || idNames.contains(folded) || folded.hasPrefix("unnamed:")
      || ["_id", " id", "-id", "_idx", "_index"].contains { folded.hasSuffix($0) }
      // `passengerId`, `Id`.
      || name.hasSuffix("Id") || name.hasSuffix("ID")
  }

  /// What stands before the `_` of a column of a one-hot code, where answers go by that name; else nil.
  private static func answerStem(_ name: String) -> String? {
    let folded = name.lowercased()
    return (labelNames + answerNames.sorted()).first { folded.hasPrefix("\($0)_") && folded.count > $0.count + 1 }
  }

  static func isAnswer(_ name: String) -> Bool {
    let folded = name.lowercased()
    return answerNames.contains(folded) || labelNames.contains(folded)
      || labelNames.contains { folded.hasPrefix("\($0)_") || folded.hasSuffix("_\($0)") }
  }

  /// The error for a table with another number of features than the network takes. It names columns that look like ids or
  /// answers, so that nobody feeds them to the network.
  static func mismatch(
    _ path: String, _ names: [String], network: Int, _ origin: NetworkOrigin, quantities: Set<String> = [],
    hasAnswers: Bool = false
  ) -> DataError {
    let message = "has samples of \(names.count) value\(names.count == 1 ? "" : "s"), the network takes \(network)"
    guard names.count > network else { return DataError(path: path, message, hint: origin.input(of: "\(names.count)")) }
    guard let suspects = suspects(names, quantities: quantities, excess: hasAnswers ? nil : names.count - network) else {
      return DataError(
        path: path, message, hint: "\(origin.input(of: "\(names.count)")), or leave columns out (--leave-out NAME,NAME)")
    }
    return DataError(path: path, "\(message); \(suspects.looks)", hint: "Give \(suspects.flags)")
  }

  /// Features that look like an id or like answers, in words, and the options that say so; nil where there are none.
  ///
  /// - Parameters:
  ///   - hasAnswers: Whether the answers are known, so that no other column is taken for them.
  ///   - quantities: Columns whose values are no classes, since they are not all whole numbers from 0.
  ///   - excess: How many columns there are beyond those that the network takes.
  static func suspects(
    _ names: [String], hasAnswers: Bool = false, quantities: Set<String> = [], excess: Int? = nil
  ) -> (looks: String, flags: String)? {
    let ids = names.filter(isID), rest = names.filter { !isID($0) }
    // Several columns of one name and a suffix, `y_cat,y_dog`, are one answer: a one-hot code.
    var code: [String] = []
    for stem in hasAnswers ? [] : rest.compactMap(answerStem) {
      let group = rest.filter { answerStem($0) == stem }
      if group.count > max(1, code.count) { code = group }
    }
    let answers = hasAnswers ? [] : code.isEmpty ? rest.filter(isAnswer) : code
    // Nothing in their names, but whole numbers beside others: exactly the columns that are too many.
    let whole = names.filter { !quantities.contains($0) }
    if ids.isEmpty, answers.isEmpty, !quantities.isEmpty, let excess, whole.count == excess, excess > 0 {
      let kind = excess == 1 ? "holds whole numbers, as classes are" : "hold whole numbers, as codes of classes do"
      return (
        "of its columns only \(quoted(whole)) \(kind)",
        "--label-column \(word(whole)) if that is the answer, else --leave-out \(word(whole))"
      )
    }
    guard !(ids.isEmpty && answers.isEmpty) else { return nil }
    func quoted(_ names: [String]) -> String {
      names.prefix(6).map { "'\(TerminalText.safe($0, limit: 40))'" }.joined(separator: ", ")
    }
    var looks: [String] = [], flags: [String] = []
    if !ids.isEmpty {
      looks.append("\(quoted(ids)) \(ids.count == 1 ? "looks like an id" : "look like ids")")
      flags.append("--leave-out \(word(ids))")
    }
    if !code.isEmpty {
      looks.append("\(quoted(code)) look like a one-hot code of the answer")
      flags.append("--label-column \(word(code))")
    } else if !answers.isEmpty {
      looks.append("\(quoted(answers)) \(answers.count == 1 ? "looks like the answer" : "look like answers")")
      let option = quantities.contains(answers[0]) ? "--response-column" : "--label-column"
      flags.append("\(option) \(word(Array(answers.prefix(1))))")
    }
    return (looks.joined(separator: ", "), flags.joined(separator: " and "))
  }

  /// Names as an option takes them, quoted where a shell would split them.
  private static func word(_ names: [String]) -> String {
    let text = names.map { TerminalText.safe($0, limit: 40) }.joined(separator: ",")
    return text.contains(where: { !($0.isLetter || $0.isNumber || "_-.,:".contains($0)) }) || text.isEmpty
      ? "'\(text)'" : text
  }
}
