import CTensorKernels
import NetworkGraph

/// Sums, products and extremes over axes of a tensor, accumulated in Double.
enum Reduction {
  /// What is accumulated.
  enum Accumulation {
    case sum, magnitudes, squares, product, maximum, minimum

    var start: Double {
      switch self {
      case .sum, .magnitudes, .squares: 0
      case .product: 1
      case .maximum: -.infinity
      case .minimum: .infinity
      }
    }

    fileprivate func reduce(_ x: UnsafePointer<Float>, _ count: Int, _ start: Double) -> Double {
      switch self {
      case .sum: initscope_reduce_sum(x, count, start)
      case .magnitudes: initscope_reduce_magnitudes(x, count, start)
      case .squares: initscope_reduce_squares(x, count, start)
      case .product: initscope_reduce_product(x, count, start)
      case .maximum: initscope_reduce_maximum(x, count, start)
      case .minimum: initscope_reduce_minimum(x, count, start)
      }
    }

    fileprivate func reduceRows(_ x: UnsafePointer<Float>, _ count: Int, _ results: UnsafeMutablePointer<Double>) {
      switch self {
      case .sum: initscope_reduce_rows_sum(x, count, results)
      case .magnitudes: initscope_reduce_rows_magnitudes(x, count, results)
      case .squares: initscope_reduce_rows_squares(x, count, results)
      case .product: initscope_reduce_rows_product(x, count, results)
      case .maximum: initscope_reduce_rows_maximum(x, count, results)
      case .minimum: initscope_reduce_rows_minimum(x, count, results)
      }
    }
  }

  /// The shape of the results, reduced axes having extent 1.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape.
  ///   - axes: Axes that are reduced.
  static func kept(_ shape: TensorShape, _ axes: [Int]) throws(SpecificationError) -> TensorShape {
    var extents = shape.extents
    for axis in axes { extents[axis] = 1 }
    return try TensorShape(extents)
  }

  /// Accumulates a tensor into as many results as the kept shape has.
  ///
  /// Work is cut along the outermost axis where that is kept, else along the innermost one; results are the same for any
  /// number of threads.
  ///
  /// - Parameters:
  ///   - what: What is accumulated.
  ///   - x: The elements.
  ///   - shape: The tensor's shape.
  ///   - kept: The shape of the results, reduced axes having extent 1.
  ///   - results: Where results go.
  ///   - team: Runs the pieces.
  static func run(
    _ what: Accumulation, _ x: UnsafePointer<Float>, _ shape: TensorShape, to kept: TensorShape,
    into results: UnsafeMutablePointer<Double>, team: any OperatorTeam
  ) {
    results.update(repeating: what.start, count: kept.count)
    cut(shape, kept, team) { offset, run, length, isReduced in
      if isReduced {
        results[offset] = what.reduce(x + run, length, results[offset])
      } else {
        what.reduceRows(x + run, length, results + offset)
      }
    }
  }

  /// Calls `body` with the place of results, that of elements, how many, and whether all of them belong to one result.
  static func cut(
    _ shape: TensorShape, _ kept: TensorShape, _ team: any OperatorTeam,
    _ body: (_ result: Int, _ element: Int, _ count: Int, _ isReduced: Bool) -> Void
  ) {
    guard shape.count > 0 else { return }
    let walk = Broadcasting([kept], to: shape), inner = walk.inner, extent = inner.extent
    let isReduced = inner.strides[0] == 0
    let outer = walk.axes[0]
    if walk.axes.count > 1, outer.strides[0] != 0 {
      // Whole indices of the outermost axis: their results are apart.
      let per = walk.runs / outer.extent
      team.split(outer.extent, grain: max(1, StridedWalk.grain / max(1, per * extent))) { piece in
        walk.forEachRun(piece.lowerBound * per..<piece.upperBound * per) { run, offsets in
          body(offsets[0], run * extent, extent, isReduced)
        }
      }
    } else if isReduced {
      walk.forEachRun(0..<walk.runs) { run, offsets in body(offsets[0], run * extent, extent, true) }
    } else {
      // Columns of the innermost axis.
      team.split(extent, grain: max(256, StridedWalk.grain / max(1, walk.runs))) { piece in
        walk.forEachRun(0..<walk.runs) { run, offsets in
          body(offsets[0] + piece.lowerBound, run * extent + piece.lowerBound, piece.count, false)
        }
      }
    }
  }

  /// The same walk for integers and bools, as one list of pairs.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape.
  ///   - kept: The shape of the results.
  ///   - body: Takes the place of a result and that of an element.
  static func each(_ shape: TensorShape, _ kept: TensorShape, _ body: (_ result: Int, _ element: Int) -> Void) {
    guard shape.count > 0 else { return }
    let walk = Broadcasting([kept], to: shape), inner = walk.inner
    walk.forEachRun(0..<walk.runs) { run, offsets in
      for place in 0..<inner.extent { body(offsets[0] + place * inner.strides[0], run * inner.extent + place) }
    }
  }
}
