import ONNXFiles

/// What a matrix of random values has in common with its transposed copy, and with nothing else.
struct MatrixKey: Hashable {
  private var extents: [Int]
  private var sum: UInt64

  /// nil for tensors that are no matrices, and for those of one value, which are equal without being copies.
  ///
  /// - Parameter tensor: A stored tensor, whose values are read.
  init?(_ tensor: ONNXTensor) throws {
    guard tensor.dims.count == 2, tensor.count > 1, tensor.elementType.isFloat else { return nil }
    let values = try tensor.floats()
    guard let first = values.first, values.contains(where: { $0 != first }) else { return nil }
    extents = tensor.dims.sorted()
    sum = values.reduce(0) { sum, value in
      // Mixed before they are added, so that the sum does not depend on the order and on little else than the values.
      let mixed = UInt64(value.bitPattern) &* 0x9E37_79B9_7F4A_7C15
      return sum &+ (mixed ^ mixed >> 29)
    }
  }
}
