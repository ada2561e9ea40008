import Spelling

/// Text for classes in messages and tables.
package enum ClassNames {
  /// How many names are listed at most.
  private static let most = 10

  /// `3 classes (setosa, versicolor, virginica)`; names that a file holds are safe to print.
  package static func text(_ count: Int, _ names: [String]?) -> String {
    let noun = "\(count) class\(count == 1 ? "" : "es")"
    guard let names, !names.isEmpty else { return noun }
    let shown = names.prefix(most).map { TerminalText.safe($0, limit: 32) }.joined(separator: ", ")
    return "\(noun) (\(shown)\(names.count > most ? ", ..." : ""))"
  }
}
