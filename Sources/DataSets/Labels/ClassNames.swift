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

  /// What to do where numbered classes leave some out and would fit the network otherwise, as classes that count from 1 do;
  /// nil where every class occurs, or where there are too many all the same.
  ///
  /// - Parameters:
  ///   - labels: The class of each sample.
  ///   - outputs: How many classes the network can tell apart.
  package static func renumbering(_ labels: some Sequence<Int>, outputs: Int) -> String? {
    let used = Set(labels).sorted()
    guard let last = used.last, used.count <= last, used.count <= outputs else { return nil }
    let list = used.prefix(most).map(String.init).joined(separator: ", ") + (used.count > most ? ", ..." : "")
    return "Its labels are \(list), and classes count from 0: number them 0 to \(used.count - 1)"
      + (last == used.count && used[0] == 1 ? " (subtract 1)" : "")
  }
}
