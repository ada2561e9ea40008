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
      result.repeatedRows = repeatedRows(&result)
    }
    if result.repeats == 1 { columns(&result) }
    if result.repeats == 1, let parts = measurer.role.parts { result.equalParts = equalParts(parts.count, parts.axis) }
  }

  /// Pairs of parts along the axis of a fused tensor that hold the same values, by their rows' sums or, where rows run
  /// across all parts, by the values of the first rows.
  private func equalParts(_ count: Int, _ axis: Int) -> [(first: Int, second: Int)] {
    let rows = rowSums.count, width = measurer.entry.shape.last ?? 1
    func pairs(_ isEqualPair: (Int, Int) -> Bool) -> [(first: Int, second: Int)] {
      (1..<max(1, count)).compactMap { second in
        (0..<second).first { isEqualPair($0, second) }.map { (first: $0, second: second) }
      }
    }
    if axis == 0 {
      let length = rows / count
      guard length > 0, rows % count == 0 else { return [] }
      return pairs { a, b in
        (0..<length).allSatisfy { isEqual(rowSums[a * length + $0], rowSums[b * length + $0]) }
          && (0..<length).contains { isVaried(rowSums[a * length + $0], 1e-9) }
      }
    }
    guard axis == measurer.entry.shape.count - 1, width % count == 0, width / count >= 8, head.count >= width else {
      return []
    }
    let length = width / count
    return pairs { a, b in
      (0..<min(8, head.count / width)).allSatisfy { row in
        let start = row * width
        return (0..<length).allSatisfy { head[start + a * length + $0] == head[start + b * length + $0] }
          && Set(head[start + a * length..<start + (a + 1) * length].map(\.bitPattern)).count > length / 2
      }
    }
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

  private func repeatedRows(_ result: inout TensorStatistics) -> Int {
    let order = rowSums.indices.sorted { (rowSums[$0].second, $0) < (rowSums[$1].second, $1) }
    var repeated = 0
    for (a, b) in zip(order, order.dropFirst()) where isEqual(rowSums[a], rowSums[b]) {
      // Rows of one value throughout, such as zeros, say nothing.
      if isVaried(rowSums[a], 1e-9), holdsEqualRows(a, b) {
        repeated += 1
        if result.equalRows.count < 8 { result.equalRows.append((first: min(a, b), second: max(a, b))) }
      }
    }
    result.equalRows.sort { $0.second < $1.second }
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
