/// Looks for parts of one tensor that repeat each other: experts or shards that were drawn from one seed, and single rows.
///
/// Rows are compared by their sums and sums of squares, which agree to the last digits only where the rows do.
struct RepetitionSearch {
  let head: [Float]
  let rowSums: [(first: Double, second: Double)]
  let measurer: TensorMeasurer
  let isVaried: Bool

  /// How near two sums must be, as a share of the sum of squares: some rounding of doubles.
  private static let tolerance = 1e-12

  func write(to result: inout TensorStatistics) {
    guard isVaried, result.nonFinite == 0 else { return }
    let rows = rowSums.count
    if rows >= 2 {
      // The fewest parts that all repeat the first one, so that eight equal shards are not called two.
      for parts in Self.divisors(of: rows).reversed() where parts > 1 && (rows / parts > 1 || measurer.columns >= 64) {
        let length = rows / parts
        if (length..<rows).allSatisfy({ isEqual(rowSums[$0], rowSums[$0 % length]) }), isVaried(upTo: length) {
          (result.repeats, result.repeatAxis) = (parts, 0)
          break
        }
      }
      result.repeatedRows = repeatedRows(result)
    }
    if result.repeats == 1 { columns(&result) }
  }

  private func isEqual(_ a: (first: Double, second: Double), _ b: (first: Double, second: Double)) -> Bool {
    abs(a.second - b.second) <= Self.tolerance * abs(b.second)
      && abs(a.first - b.first) <= Self.tolerance * (abs(b.second) * Double(measurer.columns)).squareRoot()
  }

  /// Whether the values of the first rows vary at all: equal constants are no repeated draw.
  private func isVaried(upTo length: Int) -> Bool {
    rowSums.prefix(length).contains { isVaried($0, 1e-12) }
  }

  /// Whether the variance of a row is more than this share of its mean square.
  private func isVaried(_ row: (first: Double, second: Double), _ share: Double) -> Bool {
    let n = Double(measurer.columns)
    let mean = row.first / n, square = row.second / n
    return square > 0 && square - mean * mean > share * square
  }

  private func repeatedRows(_ result: TensorStatistics) -> Int {
    let order = rowSums.indices.sorted { rowSums[$0].second < rowSums[$1].second }
    var repeated = 0
    for (a, b) in zip(order, order.dropFirst()) where isEqual(rowSums[a], rowSums[b]) {
      // Rows of one value throughout, such as zeros, say nothing.
      if isVaried(rowSums[a], 1e-9), holdsEqualRows(a, b) { repeated += 1 }
    }
    return repeated
  }

  /// Whether two rows are equal value by value, as far as they were kept: the same values in another order have equal sums.
  private func holdsEqualRows(_ a: Int, _ b: Int) -> Bool {
    let width = measurer.columns
    guard (max(a, b) + 1) * width <= head.count else { return true }
    return (0..<width).allSatisfy { head[a * width + $0] == head[b * width + $0] }
  }

  /// Shards along the columns: every row repeats itself.
  private func columns(_ result: inout TensorStatistics) {
    let width = measurer.columns, known = width > 0 ? head.count / width : 0
    guard known >= 1, width >= 16 else { return }
    for parts in Self.divisors(of: width).reversed() where parts > 1 && width / parts >= 8 {
      let length = width / parts
      let repeats = (0..<min(known, 8)).allSatisfy { row in
        let start = row * width
        return (length..<width).allSatisfy { column in head[start + column] == head[start + column % length] }
      }
      let isVaried = Set(head.prefix(length).map(\.bitPattern)).count > length / 2
      if repeats, isVaried {
        (result.repeats, result.repeatAxis) = (parts, max(1, measurer.entry.shape.count - 1))
        return
      }
    }
  }

  /// The divisors of n up to 1024, ascending.
  static func divisors(of n: Int) -> [Int] { (1...min(max(1, n), 1024)).filter { n % $0 == 0 } }
}
