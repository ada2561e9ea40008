/// ValueInfoProto, TypeProto and TensorShapeProto.
extension WireReader {
  mutating func valueInfo(
    _ field: WireField, _ name: StaticString, into list: inout [ONNXValueInfo]
  ) throws(ONNXError) {
    try enter(field, name, list.count)
    try spend(3 * MemoryLayout<ONNXValueInfo>.stride)
    var info = ONNXValueInfo(name: "", type: .unknown)
    while let part = try next() {
      switch part.number {
      case 1: info.name = try string(part, "name")
      case 2: info.type = try type(part, "type")
      default: try skip(part)
      }
    }
    guard !info.name.isEmpty else { throw problem("has no name", at: field.offset, in: name) }
    list.append(info)
  }

  mutating func type(_ field: WireField, _ name: StaticString, _ index: Int? = nil) throws(ONNXError) -> ONNXType {
    try enter(field, name, index)
    // Types are boxed: two words for the heap, besides their payload.
    try spend(48)
    var type = ONNXType.unknown
    while let part = try next() {
      switch part.number {
      case 1:
        let tensor = try tensorType(part, "tensor_type")
        type = .tensor(elementType: tensor.elementType, dims: tensor.dims)
      case 4: type = .sequence(try innerType(part, "sequence_type"))
      case 5:
        type = .map
        try skip(part)
      case 7:
        type = .opaque
        try skip(part)
      case 8:
        let tensor = try tensorType(part, "sparse_tensor_type")
        type = .sparseTensor(elementType: tensor.elementType, dims: tensor.dims)
      case 9: type = .optional(try innerType(part, "optional_type"))
      default: try skip(part)
      }
    }
    return type
  }

  private mutating func innerType(_ field: WireField, _ name: StaticString) throws(ONNXError) -> ONNXType {
    try enter(field, name)
    var type = ONNXType.unknown
    while let part = try next() {
      if part.number == 1 { type = try self.type(part, "elem_type") } else { try skip(part) }
    }
    return type
  }

  private mutating func tensorType(
    _ field: WireField, _ name: StaticString
  ) throws(ONNXError) -> (elementType: ONNXElementType?, dims: [ONNXDimension]?) {
    try enter(field, name)
    var elementType: ONNXElementType?
    var dims: [ONNXDimension]?
    while let part = try next() {
      switch part.number {
      case 1:
        let code = try int(part, "elem_type")
        elementType = ONNXElementType(rawValue: code)
        guard elementType != nil || code == 0 else { throw unknownElementType(code, part, "elem_type") }
      case 2: dims = try shape(part)
      default: try skip(part)
      }
    }
    return (elementType, dims)
  }

  private mutating func shape(_ field: WireField) throws(ONNXError) -> [ONNXDimension] {
    try enter(field, "shape")
    var dims: [ONNXDimension] = []
    while let part = try next() {
      guard part.number == 1 else {
        try skip(part)
        continue
      }
      try enter(part, "dim", dims.count)
      try spend(3 * MemoryLayout<ONNXDimension>.stride)
      var dimension = ONNXDimension.unknown
      while let value = try next() {
        switch value.number {
        case 1:
          let extent = try int(value, "dim_value")
          dimension = extent < 0 ? .unknown : .known(extent)
        case 2:
          let symbol = try string(value, "dim_param")
          dimension = symbol.isEmpty ? .unknown : .symbol(symbol)
        default: try skip(value)
        }
      }
      dims.append(dimension)
    }
    return dims
  }

  func unknownElementType(_ code: Int, _ field: WireField, _ name: StaticString) -> ONNXError {
    problem(
      "names the element type \(code); ONNX has 1 to \(ONNXElementType.allCases.count)", at: field.offset, in: name,
      hint: "A newer version of ONNX may have more: export the model with float32 tensors")
  }
}
