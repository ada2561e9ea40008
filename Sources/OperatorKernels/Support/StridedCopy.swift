import NetworkGraph

/// Copies elements between two layouts of one set of axes, or sums over axes that the target does not have.
struct StridedCopy {
  /// An axis: its extent, and how far neighbours are apart in the source and in the target.
  struct Axis {
    var extent: Int
    var source: Int
    var target: Int
  }

  /// Axes of the target, outermost first, neighbours joined.
  private let axes: [Axis]
  /// Axes over which is summed; their stride in the target does not count.
  private let summed: [Axis]

  init(_ axes: [Axis], summing summed: [Axis] = []) {
    var joined: [Axis] = []
    for axis in axes where axis.extent != 1 {
      if let last = joined.last, last.source == axis.source * axis.extent, last.target == axis.target * axis.extent {
        joined[joined.count - 1] = Axis(extent: last.extent * axis.extent, source: axis.source, target: axis.target)
      } else {
        joined.append(axis)
      }
    }
    self.axes = joined
    self.summed = summed.filter { $0.extent != 1 }
  }

  /// Whether the target would be the source.
  var isPlain: Bool { summed.isEmpty && (axes.isEmpty || axes.count == 1 && axes[0].source == 1 && axes[0].target == 1) }

  private static let grain = 1 << 14

  func run(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, team: any OperatorTeam) {
    guard let first = axes.first else {
      target[0] = value(source)
      return
    }
    let rest = axes.dropFirst().reduce(1) { $0 * $1.extent }
    team.split(first.extent, grain: max(1, Self.grain / max(1, rest))) { range in
      fill(1, source + range.lowerBound * first.source, target + range.lowerBound * first.target, range.count)
    }
  }

  /// The sum over all summed axes from a place on.
  private func value(_ source: UnsafePointer<Float>) -> Float {
    guard !summed.isEmpty else { return source[0] }
    return Float(sum(0, source))
  }

  private func sum(_ axis: Int, _ source: UnsafePointer<Float>) -> Double {
    let a = summed[axis]
    var total = 0.0
    if axis == summed.count - 1 {
      for place in 0..<a.extent { total += Double(source[place * a.source]) }
    } else {
      for place in 0..<a.extent { total += sum(axis + 1, source + place * a.source) }
    }
    return total
  }

  /// Fills `count` places along the axis before `depth`.
  private func fill(
    _ depth: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let axis = axes[depth - 1]
    guard depth == axes.count else {
      if depth == axes.count - 1, summed.isEmpty { return tile(source, target, count, axis, axes[depth]) }
      for place in 0..<count {
        fill(depth + 1, source + place * axis.source, target + place * axis.target, axes[depth].extent)
      }
      return
    }
    if !summed.isEmpty {
      for place in 0..<count { target[place * axis.target] = value(source + place * axis.source) }
    } else if axis.source == 1, axis.target == 1 {
      target.update(from: source, count: count)
    } else {
      for place in 0..<count { target[place * axis.target] = source[place * axis.source] }
    }
  }

  /// The two innermost axes, in tiles where one layout has them the other way round.
  private func tile(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ outer: Axis, _ inner: Axis
  ) {
    if inner.source == 1, inner.target == 1 {
      for place in 0..<count {
        (target + place * outer.target).update(from: source + place * outer.source, count: inner.extent)
      }
      return
    }
    let side = 16
    for first in stride(from: 0, to: count, by: side) {
      for second in stride(from: 0, to: inner.extent, by: side) {
        for a in first..<min(count, first + side) {
          let from = source + a * outer.source, to = target + a * outer.target
          for b in second..<min(inner.extent, second + side) { to[b * inner.target] = from[b * inner.source] }
        }
      }
    }
  }
}
