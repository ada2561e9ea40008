import NetworkGraph
import TensorKernels

/// Walks two tensors that are repeated to a common shape, as one list of contiguous or repeated runs.
///
/// Used forward to pair elements, and backward to sum the gradient of what was repeated. Neighbouring axes along which both
/// tensors are stored alike are joined, so that the inner loop is long.
struct Broadcasting {
  /// An axis of the common shape after joining: its extent, and each tensor's stride along it (0 where it is repeated).
  struct Axis {
    var extent: Int
    var strides: [Int]
  }

  /// Outermost first; at least one.
  let axes: [Axis]
  let count: Int

  /// Prepares the walk.
  ///
  /// - Parameters:
  ///   - shapes: Shapes that fit together.
  ///   - result: Their common shape.
  init(_ shapes: [TensorShape], to result: TensorShape) {
    count = result.count
    var joined: [Axis] = []
    for axis in 0..<result.rank where result.extents[axis] != 1 {
      let strides = shapes.map { shape in
        let own = axis - (result.rank - shape.rank)
        return own < 0 || shape.extents[own] == 1 ? 0 : shape.strides[own]
      }
      let extent = result.extents[axis]
      if let last = joined.last, zip(last.strides, strides).allSatisfy({ $0 == $1 * extent }) {
        joined[joined.count - 1] = Axis(extent: last.extent * extent, strides: strides)
      } else {
        joined.append(Axis(extent: extent, strides: strides))
      }
    }
    axes = joined.isEmpty ? [Axis(extent: 1, strides: shapes.map { _ in 0 })] : joined
  }

  /// The extent and strides of the innermost axis.
  var inner: Axis { axes[axes.count - 1] }
  /// The number of runs along the innermost axis.
  var runs: Int { count == 0 ? 0 : count / max(1, inner.extent) }

  /// Calls `body` for a range of runs with the offset of each tensor's first element of the run, and the run's number.
  ///
  /// - Parameters:
  ///   - range: Runs within `0 ..< runs`.
  ///   - body: Takes the run's number and the tensors' offsets.
  func forEachRun(_ range: Range<Int>, _ body: (_ run: Int, _ offsets: UnsafeBufferPointer<Int>) -> Void) {
    guard !range.isEmpty else { return }
    let outer = axes.dropLast(), tensors = inner.strides.count
    var index = [Int](repeating: 0, count: outer.count)
    var offsets = [Int](repeating: 0, count: tensors)
    var rest = range.lowerBound
    for axis in outer.indices.reversed() {
      index[axis] = rest % outer[axis].extent
      rest /= outer[axis].extent
      for tensor in 0..<tensors { offsets[tensor] += index[axis] * outer[axis].strides[tensor] }
    }
    for run in range {
      offsets.withUnsafeBufferPointer { body(run, $0) }
      var axis = outer.count - 1
      while axis >= 0 {
        index[axis] += 1
        for tensor in 0..<tensors { offsets[tensor] += outer[axis].strides[tensor] }
        if index[axis] < outer[axis].extent { break }
        for tensor in 0..<tensors { offsets[tensor] -= index[axis] * outer[axis].strides[tensor] }
        index[axis] = 0
        axis -= 1
      }
    }
  }
}

extension Broadcasting {
  /// Sums a gradient of the common shape over the axes along which a tensor was repeated.
  ///
  /// - Parameters:
  ///   - gradient: The gradient, of the common shape.
  ///   - result: The common shape.
  ///   - shape: The tensor's own shape.
  ///   - target: Where the sums go, of the tensor's shape; overwritten.
  static func reduce(
    _ gradient: UnsafePointer<Float>, from result: TensorShape, to shape: TensorShape,
    into target: UnsafeMutablePointer<Float>
  ) {
    if result.count == shape.count {
      target.update(from: gradient, count: shape.count)
      return
    }
    target.update(repeating: 0, count: shape.count)
    let walk = Broadcasting([shape], to: result), inner = walk.inner
    if walk.axes.count == 2, walk.axes[0].strides[0] == 0, inner.strides[0] == 1 {
      // One row repeated: a bias.
      Elementwise.columnSums(gradient, rows: walk.axes[0].extent, columns: inner.extent, into: target)
      return
    }
    var sums = [Double](repeating: 0, count: inner.strides[0] == 0 ? shape.count : 0)
    walk.forEachRun(0..<walk.runs) { run, offsets in
      let source = gradient + run * inner.extent
      if inner.strides[0] == 0 {
        // Long sums in Double.
        var sum = 0.0
        for place in 0..<inner.extent { sum += Double(source[place]) }
        sums[offsets[0]] += sum
      } else if inner.strides[0] == 1 {
        Elementwise.add(source, times: 1, to: target + offsets[0], count: inner.extent)
      } else {
        for place in 0..<inner.extent { target[offsets[0] + place * inner.strides[0]] += source[place] }
      }
    }
    for (place, sum) in sums.enumerated() { target[place] = Float(sum) }
  }
}
