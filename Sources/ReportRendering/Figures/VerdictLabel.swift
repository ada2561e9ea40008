import NumberText
import SignalPropagation

/// A run's verdict as pictures show it, with the words and numbers of the terminal's table.
package struct VerdictLabel: Sendable, Equatable {
  /// "vanishing"; "no verdict" where none was made.
  package var status: String
  /// "yes", "no" or "unknown"; nil without a verdict.
  package var trains: String?
  /// "98% sure"; nil where the verdict has no confidence.
  package var sureness: String?
  /// The learning rate to begin with: "0.1".
  package var learningRate: String?

  package static let missing = "no verdict"

  package init(_ verdict: Verdict?) {
    status = verdict?.statusText ?? Self.missing
    trains = verdict.map { $0.trains.map { $0 ? "yes" : "no" } ?? "unknown" }
    sureness = verdict?.confidence.map { FigureNumber.fixed($0 * 100, 0) + "% sure" }
    learningRate = verdict?.learningRate.map { FigureNumber.significant($0) }
  }

  /// In one line: "vanishing, does not train (98% sure)".
  package var phrase: String {
    guard let trains else { return status }
    let outcome = trains == "yes" ? "trains" : trains == "no" ? "does not train" : "not known whether it trains"
    return "\(status), \(outcome)" + (sureness.map { " (\($0))" } ?? "")
  }

  /// What stands beside each run of a picture, or nil for all where no run has a verdict and ``note(_:)`` says so once.
  static func phrases(_ runs: [InitializerRun]) -> [String?] {
    let isJudged = runs.contains { $0.verdict != nil }
    return runs.map { isJudged ? VerdictLabel($0.verdict).phrase : nil }
  }

  /// A line under the title where no run has a verdict.
  static func note(_ runs: [InitializerRun]) -> [String] {
    runs.allSatisfy { $0.verdict == nil } ? ["No verdict was made on whether this trains."] : []
  }
}

/// What would mend the runs of a report, in one sentence each.
package struct Advice: Sendable, Equatable {
  /// The recommendation's first sentence.
  package var sentence: String
  /// The runs that it is for; empty where it is to keep what there is.
  package var names: [String]

  package init(sentence: String, names: [String]) {
    self.sentence = sentence
    self.names = names
  }

  /// The distinct recommendations for runs that need one; where none does, what a single run says of itself. Of several
  /// that train the table has the learning rates.
  package static func of(_ runs: [InitializerRun]) -> [Advice] {
    var result: [Advice] = []
    for (run, name) in zip(runs, ReportCaption.labels(of: runs)) {
      guard let verdict = run.verdict, verdict.trains != true || verdict.status != .healthy,
        let text = verdict.recommendation
      else { continue }
      let sentence = firstSentence(text)
      if let place = result.firstIndex(where: { $0.sentence == sentence }) {
        result[place].names.append(name)
      } else {
        result.append(Advice(sentence: sentence, names: [name]))
      }
    }
    if result.isEmpty, runs.count == 1, let text = runs[0].verdict?.recommendation {
      result.append(Advice(sentence: text, names: []))
    }
    return result
  }

  /// Up to the first full stop that ends a sentence: one outside parentheses, with a capital letter or nothing after it.
  package static func firstSentence(_ text: String) -> String {
    let characters = Array(text)
    var depth = 0
    for (place, character) in characters.enumerated() {
      if character == "(" { depth += 1 }
      if character == ")" { depth = max(0, depth - 1) }
      guard depth == 0, character == "." || character == "!" || character == "?" else { continue }
      let rest = characters[(place + 1)...]
      let following = rest.first { !$0.isWhitespace }
      if rest.first?.isWhitespace ?? true, following?.isUppercase ?? true { return String(characters[...place]) }
    }
    return text
  }
}
