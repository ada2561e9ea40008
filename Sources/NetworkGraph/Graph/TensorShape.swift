/// The extents of a tensor of any rank, samples included. No extent is negative; rank 0 is a single value.
///
/// The number of elements is checked when the shape is made, so that no later product of its extents overflows 64 bits.
public struct TensorShape: Hashable, Sendable {
  public let extents: [Int]
  /// The number of elements: the product of the extents.
  public let count: Int

  /// The most elements that a tensor may have. No computer's memory holds more.
  public static let largestCount = 1 << 48

  /// Makes a shape.
  ///
  /// - Parameter extents: The extents, outermost first.
  /// - Throws: `SpecificationError` for a negative extent, or where the product is too large.
  public init(_ extents: [Int]) throws(SpecificationError) {
    var count = 1, isEmpty = false
    for extent in extents {
      guard extent >= 0 else {
        throw SpecificationError("a tensor's extent cannot be negative, got \(extent)", hint: "Check the shape \(extents)")
      }
      if extent == 0 { isEmpty = true }
      // Extents of 0 must not hide a product that would overflow in a part of the shape.
      let (product, overflow) = count.multipliedReportingOverflow(by: max(1, extent))
      guard !overflow, product <= TensorShape.largestCount else {
        throw SpecificationError(
          "a tensor of \(extents.map(String.init).joined(separator: " x ")) elements is too large",
          hint: "At most \(TensorShape.largestCount) elements are allowed")
      }
      count = product
    }
    self.extents = extents
    self.count = isEmpty ? 0 : count
  }

  /// Makes the shape of a single value.
  public init() { (extents, count) = ([], 1) }

  public var rank: Int { extents.count }

  public subscript(axis: Int) -> Int { extents[axis] }

  /// For each axis, how many elements lie between neighbours along it in row-major order.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * max(1, extents[axis + 1]) }
    return strides
  }

  /// The number of elements in axes of a range, 1 for none.
  ///
  /// - Parameter axes: A range of axes of this shape.
  public func count(of axes: Range<Int>) -> Int { extents[axes].reduce(1, *) }

  /// An axis counted from the front, where negative ones count from the back.
  ///
  /// - Parameters:
  ///   - axis: The axis, in `-rank ..< rank`.
  ///   - name: What the axis is called in the error.
  /// - Throws: `SpecificationError` for an axis that the shape does not have.
  public func resolved(axis: Int, name: String = "axis") throws(SpecificationError) -> Int {
    let place = axis < 0 ? axis &+ rank : axis
    guard (0..<max(rank, 1)).contains(place), place < rank || rank == 0 && place == 0 else {
      throw SpecificationError(
        "\(name) \(axis) is outside a tensor of rank \(rank)", hint: "It must lie in \(-rank)..<\(rank)")
    }
    return place
  }

  /// The shape that two shapes have together when extents of 1 are repeated, as NumPy and ONNX do.
  ///
  /// - Parameter other: The other shape.
  /// - Throws: `SpecificationError` where two extents differ and neither is 1.
  public func broadcast(with other: TensorShape) throws(SpecificationError) -> TensorShape {
    let rank = max(self.rank, other.rank)
    var extents = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = axis - (rank - self.rank), b = axis - (rank - other.rank)
      let left = a < 0 ? 1 : self.extents[a], right = b < 0 ? 1 : other.extents[b]
      guard left == right || left == 1 || right == 1 else {
        throw SpecificationError(
          "shapes \(self) and \(other) do not fit together",
          hint: "From the last axis on, extents must be equal or 1; \(left) and \(right) are not")
      }
      extents[axis] = left == 1 ? right : left
    }
    return try TensorShape(extents)
  }
}

extension TensorShape: CustomStringConvertible {
  public var description: String { rank == 0 ? "scalar" : extents.map(String.init).joined(separator: " x ") }
}

/// What is known of a value before anything runs: element type and shape.
public struct ValueType: Hashable, Sendable {
  public var element: ElementType
  public var shape: TensorShape

  public init(_ element: ElementType, _ shape: TensorShape) {
    self.element = element
    self.shape = shape
  }

  /// Bytes of all elements.
  public var bytes: Int { shape.count * element.bytes }
}
