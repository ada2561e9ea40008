/// The type of a tensor's elements.
///
/// Numbers of other types in a file become one of these: every float `float32`, every integer `int64`.
public enum ElementType: String, Hashable, Sendable, Codable {
  case float32, int64, bool

  /// Bytes of one element.
  public var bytes: Int {
    switch self {
    case .float32: 4
    case .int64: 8
    case .bool: 1
    }
  }
}
