/// Turns numbers, words, truth values or one-hot codes from files into classes.
enum ClassLabels {
  /// The order in which words become classes: by number where all are whole numbers, else by their Unicode scalars.
  static func order(_ words: some Sequence<String>) -> [String] {
    let distinct = Set(words)
    let numbers = distinct.compactMap { Int($0) }
    return distinct.sorted { left, right in
      guard numbers.count == distinct.count, let first = Int(left), let second = Int(right), first != second else {
        return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
      }
      return first < second
    }
  }

  /// The names of truth values, false first.
  static let truthNames = ["false", "true"]

  /// Parses a truth value in any case; nil for other words.
  static func truth(_ word: some Sequence<UInt8>) -> Bool? {
    // Longer words are no truth values; `| 0x20` makes ASCII letters lower-case.
    let letters = word.prefix(6).map { $0 | 0x20 }
    if letters == Array("true".utf8) { return true }
    return letters == Array("false".utf8) ? false : nil
  }

  /// Reads whole numbers from 0 to `CSVReader.maximumClass` as classes; nil where one is not.
  static func classes(from values: [Float]) -> [Int]? {
    let range = 0...Float(CSVReader.maximumClass)
    guard values.allSatisfy({ range.contains($0) && $0 == $0.rounded() }) else { return nil }
    return values.map { Int($0) }
  }

  /// Reads rows of `width` numbers as one-hot codes: one 1 and else 0; nil where a row is not.
  static func classes(fromOneHot values: [Float], width: Int) -> [Int]? {
    guard width > 1 else { return nil }
    var classes: [Int] = []
    classes.reserveCapacity(values.count / width)
    for start in stride(from: 0, to: values.count, by: width) {
      let row = values[start..<start + width]
      guard row.allSatisfy({ $0 == 0 || $0 == 1 }), row.count(where: { $0 == 1 }) == 1, let one = row.firstIndex(of: 1)
      else {
        return nil
      }
      classes.append(one - start)
    }
    return classes
  }
}
