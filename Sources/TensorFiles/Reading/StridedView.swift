import DataSets

/// A tensor whose elements lie in a storage at regular distances, as PyTorch's views do: transposed, sliced, expanded.
///
/// Its elements are gathered in row-major order, part by part: whole runs of neighbouring elements are read along the axis
/// of the smallest stride and put where they belong.
struct StridedView {
  var shape: [Int]
  /// Elements between neighbours along each axis; not negative.
  var strides: [Int]
  /// Where the storage begins in the file, and the view's first element within it.
  var origin: Int
  var elementSize: Int

  /// The most bytes that are gathered at once.
  private static let partBytes = 16 << 20
  /// Where the elements of a run lie further apart than this, each is read by itself.
  private static let widestGap = 16

  /// Whether the elements lie one behind another in row-major order.
  static func isContiguous(shape: [Int], strides: [Int]) -> Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      let next = expected.multipliedReportingOverflow(by: extent)
      guard !next.overflow else { return false }
      expected = next.partialValue
    }
    return true
  }

  /// The elements from the first to the last that the view touches, both counted; nil where that overflows.
  static func span(shape: [Int], strides: [Int]) -> Int? {
    var span = 1
    for (extent, stride) in zip(shape, strides) {
      guard extent > 0 else { return 0 }
      let reach = (extent - 1).multipliedReportingOverflow(by: stride)
      let sum = span.addingReportingOverflow(reach.partialValue)
      guard !reach.overflow, !sum.overflow else { return nil }
      span = sum.partialValue
    }
    return span
  }

  /// Calls `body` with the elements in row-major order, block by block.
  func read(_ file: FileBytes, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    // Axes before `split` are walked one by one, `split` itself in pieces, and those after it are gathered whole.
    var split = shape.count
    var inner = elementSize
    while split > 0, inner * shape[split - 1] <= Self.partBytes {
      split -= 1
      inner *= shape[split]
    }
    let outer = Array(shape[..<max(0, split - 1)])
    let pieces = split == 0 ? 1 : shape[split - 1], most = split == 0 ? 1 : max(1, Self.partBytes / inner)
    let innerShape = Array(shape[split...]), innerStrides = Array(strides[split...])
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: inner * min(pieces, most), alignment: 64)
    defer { part.deallocate() }
    var index = [Int](repeating: 0, count: outer.count)
    while true {
      let base = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
      for first in stride(from: 0, to: pieces, by: most) {
        let count = min(most, pieces - first)
        let axes =
          split == 0
          ? (innerShape, innerStrides) : ([count] + innerShape, [strides[split - 1]] + innerStrides)
        let start = base + (split == 0 ? 0 : first * strides[split - 1])
        let filled = UnsafeMutableRawBufferPointer(rebasing: part[..<(inner * (split == 0 ? 1 : count))])
        try gather(axes.0, axes.1, from: start, file, into: filled)
        try pass(UnsafeRawBufferPointer(filled), memory.capacity, body)
      }
      var axis = outer.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < outer[axis] { break }
        index[axis] = 0
        axis -= 1
      }
      guard axis >= 0 else { return }
    }
  }

  private func pass(
    _ part: UnsafeRawBufferPointer, _ capacity: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    let step = capacity / elementSize * elementSize
    for place in stride(from: 0, to: part.count, by: step) {
      try body(UnsafeRawBufferPointer(rebasing: part[place..<min(place + step, part.count)]))
    }
  }

  /// Fills `part` with the row-major elements of a view that begins at element `start` of the storage.
  private func gather(
    _ shape: [Int], _ strides: [Int], from start: Int, _ file: FileBytes, into part: UnsafeMutableRawBufferPointer
  ) throws {
    // How far apart neighbours along each axis lie in the part.
    var steps = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * shape[axis + 1] }
    // The axis along which the storage is densest; expanded axes, of stride 0, are copied.
    let dense = shape.indices.filter { shape[$0] > 1 && strides[$0] > 0 }.min { strides[$0] < strides[$1] }
    // Elements of expanded axes are gathered once, and repeated afterwards.
    let expanded = shape.indices.filter { shape[$0] > 1 && strides[$0] == 0 }
    let others = shape.indices.filter { $0 != dense && !expanded.contains($0) }
    let extent = dense.map { shape[$0] } ?? 1, gap = dense.map { strides[$0] } ?? 1, step = dense.map { steps[$0] } ?? 1
    let isRun = gap <= Self.widestGap
    let run = UnsafeMutableRawBufferPointer.allocate(
      byteCount: isRun ? ((extent - 1) * gap + 1) * elementSize : elementSize, alignment: 64)
    defer { run.deallocate() }
    var index = [Int](repeating: 0, count: others.count)
    while true {
      let source = zip(others, index).reduce(start) { $0 + strides[$1.0] * $1.1 }
      let target = zip(others, index).reduce(0) { $0 + steps[$1.0] * $1.1 }
      if isRun { try file.read(into: run, at: origin + source * elementSize) }
      for place in 0..<extent {
        if !isRun { try file.read(into: run, at: origin + (source + place * gap) * elementSize) }
        let from = isRun ? place * gap * elementSize : 0
        UnsafeMutableRawBufferPointer(rebasing: part[((target + place * step) * elementSize)...].prefix(elementSize))
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: run[from..<from + elementSize]))
      }
      guard Self.advance(&index, along: others, of: shape) else { break }
    }
    for axis in expanded.reversed() { repeatElements(along: axis, shape, steps, expanded, in: part) }
  }

  /// Counts on, the last of the axes first; false behind the last element.
  private static func advance(_ index: inout [Int], along axes: [Int], of shape: [Int]) -> Bool {
    for place in axes.indices.reversed() {
      index[place] += 1
      if index[place] < shape[axes[place]] { return true }
      index[place] = 0
    }
    return false
  }

  /// Copies the first block of an expanded axis behind itself, wherever the axes before it stand. Blocks are whole: the axes
  /// behind are filled.
  private func repeatElements(
    along axis: Int, _ shape: [Int], _ steps: [Int], _ expanded: [Int], in part: UnsafeMutableRawBufferPointer
  ) {
    // Axes before, but for expanded ones, which are filled after this one.
    let before = (0..<axis).filter { !expanded.contains($0) }
    let block = steps[axis] * elementSize
    var index = [Int](repeating: 0, count: before.count)
    while true {
      let start = zip(before, index).reduce(0) { $0 + steps[$1.0] * $1.1 } * elementSize
      let first = UnsafeRawBufferPointer(rebasing: part[start..<start + block])
      for copy in 1..<shape[axis] {
        UnsafeMutableRawBufferPointer(rebasing: part[(start + copy * block)...].prefix(block)).copyMemory(from: first)
      }
      guard Self.advance(&index, along: before, of: shape) else { return }
    }
  }
}
