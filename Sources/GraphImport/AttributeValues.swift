import NetworkGraph
import ONNXFiles
import OperatorKernels

extension OperatorAttributes.Value {
  /// An attribute of a file's node as operators read it.
  ///
  /// - Throws: What reading a tensor throws.
  init(_ attribute: ONNXAttribute) throws {
    switch attribute {
    case .int(let value): self = .integer(value)
    // As the number was written, not its nearest Float: 0.2, not 0.20000000298.
    case .float(let value): self = .float(Double("\(value)") ?? Double(value))
    case .string(let value): self = .text(value)
    case .ints(let values): self = .integers(values)
    case .floats(let values): self = .floats(values.map(Double.init))
    case .strings(let values): self = .texts(values)
    case .tensor(let tensor):
      self =
        GraphAssembly.elementType(tensor.elementType) == nil
        ? .other(tensor.elementType.name)
        : .tensor(try GraphAssembly.constant(tensor, try TensorShape(tensor.dims)))
    default: self = .other(attribute.kind)
    }
  }

  /// What a Constant node holds; nil for other nodes.
  static func held(by node: ONNXNode) -> OperatorAttributes.Value? {
    if let value = node.attributes["value"], case .tensor(let tensor) = value, let shape = try? TensorShape(tensor.dims),
      let constant = try? GraphAssembly.constant(tensor, shape)
    {
      return .tensor(constant)
    }
    if case .int(let value)? = node.attributes["value_int"] {
      return .tensor(TensorConstant(TensorShape(), .int64([Int64(value)])))
    }
    if case .ints(let values)? = node.attributes["value_ints"], let shape = try? TensorShape([values.count]) {
      return .tensor(TensorConstant(shape, .int64(values.map { Int64($0) })))
    }
    return nil
  }
}
