/// Folds a name to the form in which look-ups compare names: lower case, with `-` read as `_`.
package func foldedName(_ word: some StringProtocol) -> String {
  String(word.lowercased().map { $0 == "-" ? "_" : $0 })
}

/// Finds the nearest known name, for "did you mean"; nil where none is near.
///
/// A name is near when a third of the written letters, at least one, would have to change (insertion, deletion, substitution
/// and the swap of neighbours count one each: the optimal string alignment distance); failing that, when the written text is
/// its beginning. Case and the kind of dash do not count. Earlier names win ties.
package func nearestName(to written: String, among names: [String]) -> String? {
  let written = foldedName(written)
  guard written.count > 1 else { return nil }
  let allowed = max(1, written.count / 3)
  var nearest: (name: String, distance: Int)?
  for name in names {
    let folded = foldedName(name)
    // The difference in length is a lower bound of the distance. Checking it first skips the table, which hostile lengths
    // would make huge.
    guard abs(folded.count - written.count) <= allowed else { continue }
    let distance = alignmentDistance(written, folded)
    if distance <= allowed, distance < nearest?.distance ?? .max { nearest = (name, distance) }
  }
  return nearest?.name ?? names.first { foldedName($0).hasPrefix(written) }
}

/// Counts the edits between two words (optimal string alignment), with three rows of the table in memory.
private func alignmentDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first)
  let b = Array(second)
  var beforePrevious = [Int](repeating: 0, count: b.count + 1)
  var previous = Array(0...b.count)
  for i in a.indices {
    var current = [i + 1] + [Int](repeating: 0, count: b.count)
    for j in b.indices {
      current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
      }
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
