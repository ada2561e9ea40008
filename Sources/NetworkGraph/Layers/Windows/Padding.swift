/// What surrounds a signal before a window moves over it.
public enum Padding: Hashable, Sendable {
  /// Nothing: the window stays inside.
  case valid
  /// As much as makes ceil(extent / stride) positions; an odd one out stands behind (TensorFlow's and Keras's rule, which
  /// for stride 1 is also PyTorch's).
  case same
  /// As many values on each side.
  case amount(Extents)
}

extension Padding: CustomStringConvertible {
  /// As a network file has it: `valid`, `same`, `1` or `[0, 2]`.
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
