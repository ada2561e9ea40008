/// One named tensor of a file: what it is called, its type and its shape.
public struct TensorEntry: Sendable, Hashable {
  public var name: String
  public var type: TensorElementType
  /// The extents, outermost first; empty for a single number.
  public var shape: [Int]
  /// The number of elements, the product of the shape.
  public let count: Int
  /// Where it stands in a file of Keras's weights, and of which layer it is; nil in other files.
  package var keras: KerasOrigin?

  /// - Returns: nil where the number of bytes does not fit an Int, or an extent is negative.
  package init?(name: String, type: TensorElementType, shape: [Int]) {
    guard let bytes = Self.product([type.size] + shape) else { return nil }
    (self.name, self.type, self.shape, count) = (name, type, shape, bytes / type.size)
  }

  /// The number of bytes of the elements one behind another.
  public var byteCount: Int { count * type.size }

  /// The product of extents that a file states; nil where it overflows or one is negative.
  package static func product(_ extents: [Int]) -> Int? {
    var product = 1
    // A zero anywhere makes the product zero, whatever the rest says; the rest must still be no nonsense.
    for extent in extents {
      guard extent >= 0 else { return nil }
      let next = product.multipliedReportingOverflow(by: max(1, extent))
      guard !next.overflow else { return nil }
      product = next.partialValue
    }
    return extents.contains(0) ? 0 : product
  }
}
