import InitScope

/// The rows of a table of layers that has no room for all of them.
enum LayerSample {
  /// Rows that follow each other in the network.
  struct Part {
    /// Rows that are left out before these.
    var leftOut: Int
    var rows: [LayerBlock]
  }

  /// At most about `most` lines, the first and the last row among them.
  ///
  /// Of a chain of equal layers single ones are taken at even distances. Where kinds alternate, as in residual blocks, that
  /// would show one kind only: whole repetitions are taken, and each gap between them is told.
  static func parts(of rows: [LayerBlock], most: Int) -> [Part] {
    let count = rows.count
    guard count > most, most > 1 else { return [Part(leftOut: 0, rows: rows)] }
    let kinds = rows.map(\.result.kind), period = period(of: kinds)
    guard period > 1 else {
      return [Part(leftOut: 0, rows: (0..<most).map { rows[$0 * (count - 1) / (most - 1)] })]
    }
    // What stands before the first whole repetition is a part of its own.
    let start =
      (0..<min(period, count - 2 * period + 1)).first { place in
        kinds[place..<(place + period)].elementsEqual(kinds[(place + period)..<(place + 2 * period)])
      } ?? 0
    var starts = Array(stride(from: start, to: count, by: period))
    if start > 0 { starts.insert(0, at: 0) }
    let ends = Array(starts.dropFirst()) + [count]
    // A gap's line counts as a row.
    let kept = max(2, min(starts.count, most / (period + 1)))
    var parts: [Part] = []
    var next = 0
    for place in 0..<kept {
      let repetition = place * (starts.count - 1) / (kept - 1)
      parts.append(Part(leftOut: starts[repetition] - next, rows: Array(rows[starts[repetition]..<ends[repetition]])))
      next = ends[repetition]
    }
    return parts
  }

  /// Rows after which kinds repeat; where they do not, as many as show what follows on what.
  private static func period(of kinds: [String]) -> Int {
    let longest = min(12, kinds.count / 2)
    let repeats = (1...max(1, longest)).first { period in
      let equal = (period..<kinds.count).count { kinds[$0] == kinds[$0 - period] }
      return Double(equal) >= 0.8 * Double(kinds.count - period)
    }
    return repeats ?? min(4, longest)
  }
}
