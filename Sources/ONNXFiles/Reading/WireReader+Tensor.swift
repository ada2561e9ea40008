/// TensorProto and SparseTensorProto.
extension WireReader {
  mutating func tensor(_ field: WireField, _ name: StaticString, _ index: Int? = nil) throws(ONNXError) -> ONNXTensor {
    try enter(field, name, index)
    var parts = TensorParts()
    while let part = try next() {
      switch part.number {
      case 1: try ints(part, "dims", into: &parts.dims)
      case 2:
        let code = try int(part, "data_type")
        parts.elementType = ONNXElementType(rawValue: code)
        guard parts.elementType != nil else { throw unknownElementType(code, part, "data_type") }
      case 3: throw problem("holds a part of a tensor, which no exporter writes", at: part.offset, in: "segment")
      case 4: parts.add(4, try countFixed(part, "float_data", 4))
      case 5: parts.add(5, try countVarints(part, "int32_data"))
      case 6:
        _ = try range(part, "string_data")
        parts.add(6, 1)
      case 7: parts.add(7, try countVarints(part, "int64_data"))
      case 8: parts.name = try string(part, "name")
      case 9: parts.raw = try range(part, "raw_data")
      case 10: parts.add(10, try countFixed(part, "double_data", 8))
      case 11: parts.add(11, try countVarints(part, "uint64_data"))
      case 13:
        let entry = try entry(part, "external_data", parts.externalCount)
        parts.externalCount += 1
        if ["location", "offset", "length"].contains(entry.key) {
          parts.external[entry.key] = try string(entry.value, at: part.offset, "external_data")
        }
      case 14: parts.placement = try int(part, "data_location")
      default: try skip(part)
      }
    }
    return try tensor(parts, field, name)
  }

  /// All that a tensor's message can hold.
  private struct TensorParts {
    var name = ""
    var elementType: ONNXElementType?
    var dims: [Int] = []
    var raw: Range<Int>?
    /// The field of numbers, and how many it holds; fields that hold none are left out.
    var typed: (number: Int, count: Int)?
    /// A second field of numbers.
    var other: Int?
    var external: [String: String] = [:]
    var externalCount = 0
    var placement = 0

    mutating func add(_ number: Int, _ count: Int) {
      guard count > 0 else { return }
      guard let known = typed else { return typed = (number, count) }
      if known.number == number { typed = (number, known.count + count) } else { other = number }
    }
  }

  /// The numbers of one field, packed or single.
  private mutating func countVarints(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Int {
    if field.kind == .bytes { return try countVarints(field.range) }
    _ = try int(field, name)
    return 1
  }

  private mutating func countFixed(_ field: WireField, _ name: StaticString, _ size: Int) throws(ONNXError) -> Int {
    if field.kind == .bytes {
      guard field.range.count % size == 0 else {
        throw problem("is \(field.range.count) bytes, no whole number of \(size)", at: field.offset, in: name)
      }
      try skip(field)
      return field.range.count / size
    }
    try expect(size == 4 ? .fixed32 : .fixed64, field, name)
    try skip(field)
    return 1
  }

  private func tensor(
    _ parts: TensorParts, _ field: WireField, _ name: StaticString
  ) throws(ONNXError) -> ONNXTensor {
    let called = parts.name.isEmpty ? "the tensor" : "the tensor '\(parts.name)'"
    guard let type = parts.elementType else {
      throw problem("\(called) does not say of which type its elements are", at: field.offset, in: name)
    }
    guard let count = elementCount(parts.dims), let bytes = type.byteCount(count) else {
      throw problem("\(called) has the impossible shape \(shown(parts.dims))", at: field.offset, in: name)
    }
    func refusal(_ message: String) -> ONNXError { problem("\(called) \(message)", at: field.offset, in: name) }
    func made(_ location: ONNXDataLocation) -> ONNXTensor {
      ONNXTensor(name: parts.name, elementType: type, dims: parts.dims, count: count, location: location, source: source)
    }
    switch parts.placement {
    case 0: break
    case 1: return made(.external(try external(parts, type, bytes, called, field, name)))
    default: throw refusal("lies in the place \(parts.placement), which ONNX does not have")
    }
    guard parts.other == nil, parts.raw == nil || parts.typed == nil else { throw refusal("holds its values twice") }
    if let raw = parts.raw {
      guard type != .string else { throw refusal("holds texts as raw bytes, which ONNX does not allow") }
      guard raw.count == bytes else {
        throw refusal(
          "has \(raw.count) bytes, where \(type.name) of the shape \(shown(parts.dims)) takes \(bytes)")
      }
      return made(.raw(raw))
    }
    guard let typed = parts.typed else {
      guard count == 0 else { throw refusal("holds no values") }
      return made(.raw(0..<0))
    }
    let (number, wanted) = type.typedField(count)
    guard typed.number == number else { throw refusal("holds \(type.name) in a field for other types") }
    guard typed.count == wanted else {
      throw refusal(
        "has \(typed.count) stored numbers, where \(type.name) of the shape \(shown(parts.dims)) takes \(wanted)")
    }
    return made(.typed(number: number, message: field.range))
  }

  private func external(
    _ parts: TensorParts, _ type: ONNXElementType, _ bytes: Int, _ called: String, _ field: WireField, _ name: StaticString
  ) throws(ONNXError) -> ONNXExternalData {
    func number(_ key: String) throws(ONNXError) -> Int? {
      // Some writers leave the value empty for what they do not know.
      guard let text = parts.external[key], !text.isEmpty else { return nil }
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else {
        throw problem(
          "\(called) has the \(key) '\(TerminalTextLimit.short(text))' in its data file, which is no number of bytes",
          at: field.offset, in: name)
      }
      return value
    }
    guard type != .string else {
      throw problem("\(called) holds texts in another file, which ONNX does not allow", at: field.offset, in: name)
    }
    guard let location = parts.external["location"], !location.isEmpty else {
      throw problem("\(called) lies in another file, which is not named", at: field.offset, in: name)
    }
    let length = try number("length")
    guard length == nil || length == bytes else {
      throw problem(
        "\(called) has \(length ?? 0) bytes in '\(TerminalTextLimit.short(location))', where \(type.name) of the shape "
          + "\(shown(parts.dims)) takes \(bytes)", at: field.offset, in: name)
    }
    return ONNXExternalData(location: location, offset: try number("offset") ?? 0, length: length)
  }

  mutating func sparseTensor(
    _ field: WireField, _ name: StaticString, _ index: Int? = nil
  ) throws(ONNXError) -> ONNXSparseTensor {
    try enter(field, name, index)
    var values: ONNXTensor?, indices: ONNXTensor?, dims: [Int] = []
    while let part = try next() {
      switch part.number {
      case 1: values = try tensor(part, "values")
      case 2: indices = try tensor(part, "indices")
      case 3: try ints(part, "dims", into: &dims)
      default: try skip(part)
      }
    }
    guard let values, let indices else { throw problem("lacks its values or indices", at: field.offset, in: name) }
    guard let count = elementCount(dims), count <= .max / 8 else {
      throw problem("has the impossible shape \(shown(dims))", at: field.offset, in: name)
    }
    guard values.dims.count == 1, indices.elementType == .int64,
      indices.dims == values.dims || indices.dims == [values.count, dims.count]
    else {
      throw problem(
        "has values of the shape \(shown(values.dims)) and indices of the shape \(shown(indices.dims)), which do not fit",
        at: field.offset, in: name)
    }
    return ONNXSparseTensor(values: values, indices: indices, dims: dims, count: count)
  }
}

/// The product of extents, or nil where one is negative or the product of those that are not zero overflows.
private func elementCount(_ dims: [Int]) -> Int? {
  var product = 1
  for extent in dims where extent != 0 {
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    guard extent > 0, !overflow else { return nil }
    product = next
  }
  return dims.contains(0) ? 0 : product
}

private func shown(_ dims: [Int]) -> String {
  "[" + dims.prefix(10).map(String.init).joined(separator: ", ") + (dims.count > 10 ? ", ...]" : "]")
}

/// Long texts of a file, cut for a message.
enum TerminalTextLimit {
  static func short(_ text: String) -> String { text.count > 80 ? text.prefix(80) + "..." : text }
}

extension ONNXElementType {
  /// The field of numbers that holds elements of this type, and how many numbers it takes for `count` elements.
  func typedField(_ count: Int) -> (number: Int, numbers: Int) {
    switch self {
    case .float32: (4, count)
    case .complex64: (4, 2 * count)
    case .string: (6, count)
    case .int64: (7, count)
    case .float64: (10, count)
    case .complex128: (10, 2 * count)
    case .uint32, .uint64: (11, count)
    case .uint4, .int4, .float4e2m1: (5, count / 2 + count % 2)
    case .uint2, .int2: (5, count / 4 + (count % 4 > 0 ? 1 : 0))
    default: (5, count)
    }
  }
}
