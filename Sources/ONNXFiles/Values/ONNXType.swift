/// One extent of a shape, as far as the file knows it.
public enum ONNXDimension: Sendable, Hashable {
  case known(Int)
  /// A name, such as `batch`; equal names are equal extents. Some are expressions, such as `4*batch`.
  case symbol(String)
  /// Neither number nor name, or a negative number.
  case unknown
}

/// The type of a value in a graph.
public indirect enum ONNXType: Sendable, Hashable {
  /// A tensor; `elementType` is nil where the file leaves it open, `dims` where not even the number of axes is known.
  case tensor(elementType: ONNXElementType?, dims: [ONNXDimension]?)
  case sparseTensor(elementType: ONNXElementType?, dims: [ONNXDimension]?)
  case sequence(ONNXType)
  case optional(ONNXType)
  case map
  case opaque
  /// The file does not say.
  case unknown
}

/// A named value of a graph with its type.
public struct ONNXValueInfo: Sendable, Hashable {
  public var name: String
  public var type: ONNXType

  package init(name: String, type: ONNXType) { (self.name, self.type) = (name, type) }

  /// The element type of a tensor; nil for what is none, or where the file leaves it open.
  public var elementType: ONNXElementType? { if case .tensor(let type, _) = type { type } else { nil } }

  /// The shape of a tensor; nil for what is none, or where not even the number of axes is known.
  public var dims: [ONNXDimension]? { if case .tensor(_, let dims) = type { dims } else { nil } }
}
