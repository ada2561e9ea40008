/// Which curves of a chart lie on one another, and how each is drawn so that all are seen.
package struct CoincidentSeries: Sendable, Equatable {
  /// Curves closer than this many pixels all along look like one: a line is 2 wide.
  package static let distance = 3.0

  /// Series that look like one curve, each group in order; those that stand alone are groups of one.
  package let groups: [[Int]]
  private let place: [Int: (group: Int, rank: Int)]

  package static func == (a: Self, b: Self) -> Bool { a.groups == b.groups }

  /// - Parameter heights: Per series the pixel rows of its points at the shared positions; nil where it has none. A series
  ///   without any point is in no group.
  package init(_ heights: [[Double?]]) {
    func coincide(_ a: [Double?], _ b: [Double?]) -> Bool {
      a.count == b.count
        && zip(a, b).allSatisfy { a, b in
          switch (a, b) {
          case (let a?, let b?): abs(a - b) < Self.distance
          case (nil, nil): true
          default: false
          }
        }
    }
    var groups: [[Int]] = []
    for index in heights.indices where heights[index].contains(where: { $0 != nil }) {
      // Compared with the first of a group, so that a chain of close curves does not become one.
      if let group = groups.firstIndex(where: { coincide(heights[$0[0]], heights[index]) }) {
        groups[group].append(index)
      } else {
        groups.append([index])
      }
    }
    self.groups = groups
    var place: [Int: (group: Int, rank: Int)] = [:]
    for (group, members) in groups.enumerated() {
      for (rank, member) in members.enumerated() { place[member] = (group, rank) }
    }
    self.place = place
  }

  /// The other series on the line of this one.
  package func companions(of index: Int) -> [Int] { place[index].map { groups[$0.group].filter { $0 != index } } ?? [] }

  /// Dash and its start: alone a series has its own; together they take turns along the line.
  package func dash(of index: Int, _ style: SeriesStyle) -> (lengths: [Double], offset: Double) {
    guard let place = place[index], groups[place.group].count > 1 else { return (style.dash, 0) }
    let turn = 12.0, others = turn * Double(groups[place.group].count - 1)
    return ([turn, others], -turn * Double(place.rank))
  }

  /// Whether a series has a marker at a point: at most eight along a curve of `count` points, staggered so that those of
  /// other series, on the same line above all, do not cover them.
  package func isMarked(_ position: Int, of index: Int, count: Int) -> Bool {
    if count == 1 { return true }
    guard let place = place[index] else { return false }
    let members = groups[place.group].count, every = max(1, (count + 7) / 8, members)
    return position % every == (members > 1 ? place.rank : index) % every
  }
}
