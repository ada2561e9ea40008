/// A stored tensor. Its values stay in the file until a function asks for them.
public struct ONNXTensor: Sendable {
  public var name: String
  public let elementType: ONNXElementType
  /// Extents, none for a single number. Their product, zeros left out, fits an `Int`.
  public let dims: [Int]
  /// The number of elements.
  public let count: Int
  public let location: ONNXDataLocation
  let source: ModelSource

  init(
    name: String, elementType: ONNXElementType, dims: [Int], count: Int, location: ONNXDataLocation, source: ModelSource
  ) {
    (self.name, self.elementType, self.dims, self.count) = (name, elementType, dims, count)
    (self.location, self.source) = (location, source)
  }
}

/// Where a tensor's values are.
public enum ONNXDataLocation: Sendable, Hashable {
  /// Bytes of the model's file, in order, little-endian.
  case raw(Range<Int>)
  /// Numbers of the field `number` (such as 4, `float_data`) in the tensor's own message, whose bytes are `message`.
  case typed(number: Int, message: Range<Int>)
  /// Bytes of another file in the model's folder.
  case external(ONNXExternalData)
}

/// Bytes of another file in the model's folder.
public struct ONNXExternalData: Sendable, Hashable {
  /// A path relative to the model's folder.
  public var location: String
  public var offset: Int
  /// Nil where the file does not say: the tensor's own size counts.
  public var length: Int?
}

/// A stored tensor of which only the elements that are not zero are listed.
public struct ONNXSparseTensor: Sendable {
  /// The elements, a vector; its name is the tensor's.
  public var values: ONNXTensor
  /// Where they belong: places in row-major order, or one row of indices for each element.
  public var indices: ONNXTensor
  public let dims: [Int]
  /// The number of elements, zeros included. Nothing in the file bounds it.
  public let count: Int
}
