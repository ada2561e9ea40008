/// The candidate that takes the fewest insertions, deletions, substitutions and swaps of neighbours to reach from `word`
/// (optimal string alignment distance), or nil where none is within a third of its length.
func nearest(to word: String, among candidates: [String]) -> String? {
  let best = candidates.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
  guard let (candidate, distance) = best, distance <= max(1, candidate.count / 3) else { return nil }
  return candidate
}

func editDistance(_ first: String, _ second: String) -> Int {
  // A name is a few characters; what is longer than these by far cannot be near, and hostile lengths cost nothing.
  let a = Array(first.prefix(64))
  let b = Array(second.prefix(64))
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
      row.append(cost)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
