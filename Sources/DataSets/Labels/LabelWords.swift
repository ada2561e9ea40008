/// Collects the classes of a column that may hold numbers or words, row by row.
///
/// The first entry decides: all are numbers or all are words, so that a slip of the pen does not found a class. Words are
/// numbered at the end, in the order of `ClassLabels`; `true` and `false` are words of that order, too.
struct LabelWords {
  enum Problem: Error, Equatable {
    /// A number that cannot be a class.
    case number(Double)
    /// A word among numbers, or a number among words.
    case mixed(isNumber: Bool)
    case tooMany
  }

  private enum Kind { case numbers, words }
  private var kind: Kind?
  private var largest = -1
  private var places: [String: Int] = [:]
  private var words: [String] = []
  private var labels: [Int] = []

  /// Adds one row's entry.
  ///
  /// - Parameters:
  ///   - number: The entry as a number; nil where it is none.
  ///   - keeps: Whether the row is among those that are held; all rows count for the classes.
  mutating func append(_ word: @autoclosure () -> String, number: Double?, keeps: Bool) throws(Problem) {
    if let number {
      guard kind != .words else { throw .mixed(isNumber: true) }
      kind = .numbers
      guard let label = Int(exactly: number), (0...CSVReader.maximumClass).contains(label) else { throw .number(number) }
      largest = max(largest, label)
      if keeps { labels.append(label) }
    } else {
      guard kind != .numbers else { throw .mixed(isNumber: false) }
      kind = .words
      let word = word()
      let place = places[word] ?? words.count
      if place == words.count {
        guard place <= CSVReader.maximumClass else { throw .tooMany }
        places[word] = place
        words.append(word)
      }
      if keeps { labels.append(place) }
    }
  }

  /// The classes of the held rows, their number over all rows, and their names where they are words.
  func finished() -> (labels: [Int], classCount: Int, names: [String]?) {
    guard kind == .words else { return (labels, largest + 1, nil) }
    var order = ClassLabels.order(words)
    // pandas and NumPy write True and False.
    if order.count == 2, order.allSatisfy({ ClassLabels.truth($0.utf8) != nil }) {
      order.sort { ClassLabels.truth($0.utf8) == false && ClassLabels.truth($1.utf8) == true }
    }
    var numbers = [Int](repeating: 0, count: words.count)
    for (number, word) in order.enumerated() { numbers[places[word] ?? 0] = number }
    return (labels.map { numbers[$0] }, words.count, order)
  }
}
