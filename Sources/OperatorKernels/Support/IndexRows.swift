import NetworkGraph

/// Rows of indices, each of which names a part of a tensor by its place along the tensor's leading axes.
struct IndexRows {
  /// The number of rows.
  let count: Int
  /// Elements of a part.
  let part: Int
  private let width: Int
  private let extents: [Int]
  private let strides: [Int]
  private let rowsPerBatch: Int
  private let batchSize: Int
  private let indices: UnsafeMutablePointer<Int64>

  /// Prepares the rows; shapes have been checked.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape.
  ///   - rows: The indices, whose last axis is a row.
  ///   - batchAxes: Leading axes that tensor and indices share.
  init(_ shape: TensorShape, _ rows: TensorView, batchAxes: Int = 0) {
    width = rows.shape[rows.shape.rank - 1]
    count = rows.shape.count(of: 0..<rows.shape.rank - 1)
    part = shape.count(of: batchAxes + width..<shape.rank)
    extents = Array(shape.extents[batchAxes..<batchAxes + width])
    strides = Array(shape.strides[batchAxes..<batchAxes + width])
    rowsPerBatch = max(1, rows.shape.count(of: batchAxes..<rows.shape.rank - 1))
    batchSize = shape.count(of: batchAxes..<shape.rank)
    indices = rows.integers
  }

  /// Refuses indices outside the tensor.
  ///
  /// - Parameter kind: The operator's name, for the error.
  /// - Throws: `OperatorFailure` that names the first one.
  func check(of kind: String) throws {
    for row in 0..<count {
      for axis in 0..<width {
        let index = indices[row * width + axis], extent = extents[axis]
        guard index >= -Int64(extent), index < Int64(extent) else {
          throw Indices.outside(index, row * width + axis, extent, kind)
        }
      }
    }
  }

  /// The first element of a row's part.
  ///
  /// - Parameter row: The row.
  func start(_ row: Int) -> Int {
    var place = row / rowsPerBatch * batchSize
    for axis in 0..<width { place += Indices.wrapped(indices[row * width + axis], extents[axis]) * strides[axis] }
    return place
  }
}
