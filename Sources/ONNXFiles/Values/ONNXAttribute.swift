/// The value of an operator's attribute.
public enum ONNXAttribute: Sendable {
  case float(Float)
  case int(Int)
  case string(String)
  /// A string that is not UTF-8 text or is long: where it lies in the file, unread.
  case bytes(Range<Int>)
  case tensor(ONNXTensor)
  case graph(ONNXGraph)
  case sparseTensor(ONNXSparseTensor)
  case type(ONNXType)
  case floats([Float])
  case ints([Int])
  case strings([String])
  case tensors([ONNXTensor])
  case graphs([ONNXGraph])
  case sparseTensors([ONNXSparseTensor])
  case types([ONNXType])
  /// In the body of a function: the value of the attribute of this name that the caller gives.
  case reference(String)

  /// What kind it is, in words for a message, such as `a list of whole numbers`.
  public var kind: String {
    switch self {
    case .float: "a number"
    case .int: "a whole number"
    case .string: "a text"
    case .bytes: "bytes"
    case .tensor: "a tensor"
    case .graph: "a graph"
    case .sparseTensor: "a sparse tensor"
    case .type: "a type"
    case .floats: "a list of numbers"
    case .ints: "a list of whole numbers"
    case .strings: "a list of texts"
    case .tensors: "a list of tensors"
    case .graphs: "a list of graphs"
    case .sparseTensors: "a list of sparse tensors"
    case .types: "a list of types"
    case .reference: "an attribute of the function's caller"
    }
  }
}

/// An attribute holds another kind of value than its operator defines.
public struct ONNXAttributeMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  /// The attribute's name.
  public var attribute: String
  /// The kind that belongs there, in words.
  public var wanted: String
  /// The kind that the file has, in words.
  public var found: String

  package init(attribute: String, wanted: String, found: String) {
    (self.attribute, self.wanted, self.found) = (attribute, wanted, found)
  }

  public var description: String { "the attribute '\(attribute)' is \(found), where \(wanted) belongs" }
}
