/// Chooses evenly spread layers for pictures without room for all.
package enum LayerSelection {
  /// Chooses at most `limit` of `count` positions, evenly spread, including the first and the last.
  package static func even(_ count: Int, limit: Int) -> [Int] {
    guard count > limit else { return Array(0..<max(0, count)) }
    guard limit > 1 else { return limit == 1 ? [count - 1] : [] }
    return (0..<limit).map { Int((Double($0) * Double(count - 1) / Double(limit - 1)).rounded()) }
  }
}
