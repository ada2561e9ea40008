import NetworkGraph

/// Places of a tensor that differ from those of the indices along one axis, where the index says which.
struct AxisPlaces {
  let axis: Int
  private let shape: TensorShape
  private let indices: TensorView

  init(_ shape: TensorShape, _ indices: TensorView, axis: Int) {
    self.shape = shape
    self.indices = indices
    self.axis = axis
  }

  /// Refuses indices that reach beyond the tensor along another axis.
  ///
  /// - Parameters:
  ///   - shape: The tensor's shape.
  ///   - indices: The indices' shape.
  ///   - axis: The axis, which may count from the back.
  ///   - kind: The operator's name, for the error.
  /// - Throws: `SpecificationError` for shapes that do not fit.
  static func check(
    _ shape: TensorShape, _ indices: TensorShape, axis: Int, of kind: String
  ) throws(SpecificationError) {
    let axis = try shape.axis(axis, of: kind)
    guard indices.rank == shape.rank, indices.extents.indices.allSatisfy({ $0 == axis || indices[$0] <= shape[$0] }) else {
      throw SpecificationError("\(kind) cannot use indices of \(indices) on a tensor of \(shape)", hint: damagedFile)
    }
  }

  /// Calls `body` with each place of the indices and the tensor's, in order. Indices have been checked.
  func each(_ body: (_ index: Int, _ element: Int) -> Void) {
    guard indices.count > 0 else { return }
    let walk = StridedPlaces(indices.shape, shape.strides.enumerated().map { $0 == axis ? 0 : $1 })
    let step = shape.strides[axis], extent = shape[axis]
    walk.each { place, offset in body(place, offset + Indices.wrapped(indices.integers[place], extent) * step) }
  }
}

/// Every index of a shape, with its place in a tensor of other strides.
struct StridedPlaces {
  private let shape: TensorShape
  private let strides: [Int]

  init(_ shape: TensorShape, _ strides: [Int]) {
    self.shape = shape
    self.strides = strides
  }

  /// Calls `body` with the number of each index and its place.
  func each(_ body: (_ number: Int, _ place: Int) -> Void) {
    guard shape.count > 0 else { return }
    guard let last = shape.extents.last, let step = strides.last else { return body(0, 0) }
    var index = [Int](repeating: 0, count: shape.rank), offset = 0
    for row in 0..<shape.count / last {
      for column in 0..<last { body(row * last + column, offset + column * step) }
      var axis = shape.rank - 2
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < shape[axis] { break }
        offset -= index[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
