import SignalPropagation

/// Which layer of a baseline each layer of a network is.
///
/// Names that nobody chose are numbered (`dense_3`), so that one new layer renames all behind it. Layers are therefore
/// matched by what they are, in their order: the cheapest edit of one list into the other (Wagner and Fischer 1974), where a
/// layer that came or went costs 0.5, another number of units or another activation 0.3, another chosen name 0.3, another
/// initializer 0.05, another number of layers that take its output 0.04, another number in a name next to nothing, and
/// another kind more than one layer that went and one that came, unless both have one chosen name.
package struct LayerAlignment {
  /// What the alignment goes by.
  package struct Layer: Equatable {
    var name: String
    var kind: String
    var units: Int
    /// Nil where a report does not tell.
    var activation: String?
    /// What its weights start from; nil where a report does not tell, and for a layer without.
    var initializer: String?
    /// How many layers take its output: where a block ends in a branch, this tells.
    var readers: Int

    package init(
      name: String, kind: String, units: Int, activation: String?, initializer: String? = nil, readers: Int = 1
    ) {
      (self.name, self.kind, self.units, self.activation) = (name, kind, units, activation)
      (self.initializer, self.readers) = (initializer, readers)
    }

    /// Whether the name is the kind with a number, as layers without a name have it.
    var isNumbered: Bool {
      guard name.hasPrefix(kind + "_") else { return false }
      let number = name.dropFirst(kind.count + 1)
      return !number.isEmpty && number.allSatisfy(\.isNumber)
    }
  }

  /// For each layer of the network its place in the baseline; nil for a new one.
  package private(set) var before: [Int?]
  /// Places in the baseline of layers that are gone.
  package private(set) var removed: [Int]

  private static let gap = 0.5
  /// Entries of the table of costs, 64 MB; longer lists that differ all over are matched by name.
  private static let largestTable = 8_000_000

  package init(_ now: [Layer], _ then: [Layer]) {
    before = Array(repeating: nil, count: now.count)
    removed = []
    // What is equal at both ends needs no table.
    var head = 0
    while head < min(now.count, then.count), now[head] == then[head] {
      before[head] = head
      head += 1
    }
    var tail = 0
    while tail < min(now.count, then.count) - head, now[now.count - 1 - tail] == then[then.count - 1 - tail] {
      before[now.count - 1 - tail] = then.count - 1 - tail
      tail += 1
    }
    let rows = now.count - head - tail, columns = then.count - head - tail
    if rows > 0, columns > 0 {
      if (rows + 1).multipliedReportingOverflow(by: columns + 1).overflow || (rows + 1) * (columns + 1) > Self.largestTable {
        let places = Dictionary(then.indices.map { (then[$0].name, $0) }) { first, _ in first }
        for place in head..<head + rows { before[place] = places[now[place].name] }
      } else {
        align(now, then, head: head, rows: rows, columns: columns)
      }
    }
    let kept = Set(before.compactMap(\.self))
    removed = then.indices.filter { !kept.contains($0) }
  }

  private mutating func align(_ now: [Layer], _ then: [Layer], head: Int, rows: Int, columns: Int) {
    let width = columns + 1
    var costs = [Double](repeating: 0, count: (rows + 1) * width)
    for row in 0...rows { costs[row * width] = Self.gap * Double(row) }
    for column in 0...columns { costs[column] = Self.gap * Double(column) }
    for row in 1...rows {
      for column in 1...columns {
        let change = costs[(row - 1) * width + column - 1] + Self.cost(now[head + row - 1], then[head + column - 1])
        let insertion = costs[(row - 1) * width + column] + Self.gap
        let removal = costs[row * width + column - 1] + Self.gap
        costs[row * width + column] = min(change, insertion, removal)
      }
    }
    // Back from the end, along whatever made each cost.
    var row = rows, column = columns
    while row > 0, column > 0 {
      let cost = costs[row * width + column]
      if cost == costs[(row - 1) * width + column - 1] + Self.cost(now[head + row - 1], then[head + column - 1]) {
        before[head + row - 1] = head + column - 1
        (row, column) = (row - 1, column - 1)
      } else if cost == costs[(row - 1) * width + column] + Self.gap {
        row -= 1
      } else {
        column -= 1
      }
    }
  }

  private static func cost(_ now: Layer, _ then: Layer) -> Double {
    let isRenamed = now.name != then.name
    guard now.kind == then.kind else { return isRenamed || now.isNumbered ? 1.5 : 0.6 }
    var cost = 0.0
    if isRenamed { cost += now.isNumbered && then.isNumbered ? 1e-5 : 0.3 }
    if now.units != then.units { cost += 0.3 }
    if let a = now.activation, let b = then.activation, a != b { cost += 0.3 }
    if let a = now.initializer, let b = then.initializer, a != b { cost += 0.05 }
    if now.readers != then.readers { cost += 0.04 }
    return cost
  }
}
