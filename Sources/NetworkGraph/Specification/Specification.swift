/// A parsed specification such as `he_normal`, `orthogonal(gain=1.4142)` or `torch.kaiming_uniform(a=2.236)`.
///
/// The grammar is `name` or `name(key=value,...)`, or `name(value)` where the value stands for the entry's first parameter.
/// Names are folded to lower case with `-` read as `_`, and one trailing `_` (PyTorch's in-place mark) is dropped.
public struct Specification: Hashable, Sendable {
  public var name: String
  /// Arguments in the order written; a positional one has an empty key.
  public var arguments: [Argument]

  public struct Argument: Hashable, Sendable {
    public var key: String
    public var value: String
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  public init(name: String, arguments: [Argument] = []) {
    self.name = name
    self.arguments = arguments
  }
}

extension Specification: CustomStringConvertible {
  /// The text that parses to this specification: `leaky_relu(slope=0.2)`.
  public var description: String {
    if arguments.isEmpty { return name }
    let list = arguments.map { $0.key.isEmpty ? $0.value : "\($0.key)=\($0.value)" }
    return "\(name)(\(list.joined(separator: ",")))"
  }
}
