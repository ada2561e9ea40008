/// How a signal is padded with zeros before a window moves over it.
public enum Padding: Hashable, Sendable {
  /// No padding: the window stays inside.
  case valid
  /// As much padding as gives ceil(extent / stride) positions. An odd one goes behind (TensorFlow's and Keras's rule, for
  /// stride 1 also PyTorch's).
  case same
  /// So many values on each side.
  case amount(Extents)
}

extension Padding: CustomStringConvertible {
  /// As a network file writes it: `valid`, `same`, `1` or `[0, 2]`.
  public var description: String {
    switch self {
    case .valid: "valid"
    case .same: "same"
    case .amount(let extents): extents.description
    }
  }
}

extension LayerFields {
  /// The padding under `key`: `valid`, `same`, or a number or two in `range`.
  public func padding(_ key: String, in range: ClosedRange<Int>) throws(SpecificationError) -> Padding? {
    guard let text = values[key] else { return nil }
    switch text {
    case "valid": return .valid
    case "same": return .same
    default: break
    }
    guard text.first.map({ $0.isNumber || $0 == "[" || $0 == "-" }) == true else {
      throw SpecificationError("\(key) must be valid, same or a number, got '\(text)'")
    }
    return try extents(key, in: range).map(Padding.amount)
  }
}
