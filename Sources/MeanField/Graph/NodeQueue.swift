/// A priority queue of nodes with one factor each: the terms of a sum that still have to be written out.
///
/// A node that is added again is one entry with the sum of the factors. Each step takes the logarithm of the entries'
/// number.
struct NodeQueue {
  /// Whether the largest index comes first, or the smallest.
  private let isDescending: Bool
  private var factors: [Int: Double] = [:]
  /// A binary heap of the indices in `factors`.
  private var heap: [Int] = []

  init(largestFirst: Bool) { isDescending = largestFirst }

  var count: Int { heap.count }
  func contains(_ place: Int) -> Bool { factors[place] != nil }

  mutating func add(_ place: Int, times factor: Double) {
    if let known = factors[place] {
      factors[place] = known + factor
      return
    }
    factors[place] = factor
    heap.append(place)
    var child = heap.count - 1
    while child > 0, precedes(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (place: Int, factor: Double)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var best = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(heap[child], heap[best]) {
          best = child
        }
        if best == parent { break }
        heap.swapAt(parent, best)
        parent = best
      }
    }
    return (first, factors.removeValue(forKey: first) ?? 0)
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool { isDescending ? a > b : a < b }
}
