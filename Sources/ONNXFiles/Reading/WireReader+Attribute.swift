/// AttributeProto.
extension WireReader {
  /// A longer string attribute stays in the file.
  private static let longestString = 1 << 20

  mutating func attribute(
    _ field: WireField, _ fieldName: StaticString, into attributes: inout [String: ONNXAttribute]
  ) throws(ONNXError) {
    try enter(field, fieldName, attributes.count)
    var parts = AttributeParts()
    while let part = try next() {
      switch part.number {
      case 1: parts.name = try string(part, "name")
      case 2: parts.float = try float(part, "f")
      case 3: parts.int = try int(part, "i")
      case 4: parts.string = try range(part, "s")
      case 5:
        guard parts.tensor == nil else { throw problem("is there twice", at: part.offset, in: "t") }
        parts.tensor = try tensor(part, "t")
      case 6:
        guard parts.graph == nil else { throw problem("is there twice", at: part.offset, in: "g") }
        parts.graph = try graph(part, "g")
      case 7: try floats(part, "floats", into: &parts.floats)
      case 8: try ints(part, "ints", into: &parts.ints)
      case 9: try strings(part, "strings", into: &parts.strings)
      case 10:
        try spend(3 * MemoryLayout<ONNXTensor>.stride)
        parts.tensors.append(try tensor(part, "tensors", parts.tensors.count))
      case 11:
        try spend(3 * MemoryLayout<ONNXGraph>.stride)
        parts.graphs.append(try graph(part, "graphs", parts.graphs.count))
      case 14: parts.type = try type(part, "tp")
      case 15:
        try spend(3 * MemoryLayout<ONNXType>.stride)
        parts.types.append(try type(part, "type_protos", parts.types.count))
      case 20: parts.kind = try int(part, "type")
      case 21: parts.reference = try string(part, "ref_attr_name")
      case 22:
        guard parts.sparseTensor == nil else { throw problem("is there twice", at: part.offset, in: "sparse_tensor") }
        parts.sparseTensor = try sparseTensor(part, "sparse_tensor")
      case 23:
        try spend(3 * MemoryLayout<ONNXSparseTensor>.stride)
        parts.sparseTensors.append(try sparseTensor(part, "sparse_tensors", parts.sparseTensors.count))
      default: try skip(part)
      }
    }
    guard !parts.name.isEmpty else { throw problem("has no name", at: field.offset, in: fieldName) }
    guard attributes[parts.name] == nil else {
      throw problem("'\(parts.name)' is there twice", at: field.offset, in: fieldName)
    }
    // An entry of a dictionary, which grows by doubling and leaves a quarter free.
    try spend(4 * (MemoryLayout<ONNXAttribute>.stride + MemoryLayout<String>.stride))
    attributes[parts.name] = try value(parts, field, fieldName)
  }

  /// All that an attribute's message can hold; its type says what counts.
  private struct AttributeParts {
    var name = ""
    var reference = ""
    var kind = 0
    var float: Float?
    var int: Int?
    var string: Range<Int>?
    var tensor: ONNXTensor?
    var graph: ONNXGraph?
    var sparseTensor: ONNXSparseTensor?
    var type: ONNXType?
    var floats: [Float] = []
    var ints: [Int] = []
    var strings: [String] = []
    var tensors: [ONNXTensor] = []
    var graphs: [ONNXGraph] = []
    var sparseTensors: [ONNXSparseTensor] = []
    var types: [ONNXType] = []

    /// Files before IR version 3 do not state the type: it is that of the value that is there.
    var inferredKind: Int? {
      let candidates: [(Int, Bool)] = [
        (1, float != nil), (2, int != nil), (3, string != nil), (4, tensor != nil), (5, graph != nil), (6, !floats.isEmpty),
        (7, !ints.isEmpty), (8, !strings.isEmpty), (9, !tensors.isEmpty), (10, !graphs.isEmpty),
        (11, sparseTensor != nil), (12, !sparseTensors.isEmpty), (13, type != nil), (14, !types.isEmpty),
      ]
      let present = candidates.filter(\.1)
      return present.count == 1 ? present[0].0 : nil
    }
  }

  private mutating func value(
    _ parts: AttributeParts, _ field: WireField, _ fieldName: StaticString
  ) throws(ONNXError) -> ONNXAttribute {
    if !parts.reference.isEmpty { return .reference(parts.reference) }
    func missing(_ what: String) -> ONNXError {
      problem("'\(parts.name)' is said to be \(what), and holds none", at: field.offset, in: fieldName)
    }
    // A number or text that is not there is zero or empty: proto3 leaves such values out.
    switch parts.kind == 0 ? parts.inferredKind : parts.kind {
    case 1: return .float(parts.float ?? 0)
    case 2: return .int(parts.int ?? 0)
    case 3:
      let range = parts.string ?? 0..<0
      guard range.count <= Self.longestString, let text = try text(range) else { return .bytes(range) }
      return .string(text)
    case 4:
      guard let tensor = parts.tensor else { throw missing("a tensor") }
      return .tensor(tensor)
    case 5:
      guard let graph = parts.graph else { throw missing("a graph") }
      try spend(MemoryLayout<ONNXGraph>.stride)
      return .graph(graph)
    case 6: return .floats(parts.floats)
    case 7: return .ints(parts.ints)
    case 8: return .strings(parts.strings)
    case 9: return .tensors(parts.tensors)
    case 10: return .graphs(parts.graphs)
    case 11:
      guard let tensor = parts.sparseTensor else { throw missing("a sparse tensor") }
      return .sparseTensor(tensor)
    case 12: return .sparseTensors(parts.sparseTensors)
    case 13:
      guard let type = parts.type else { throw missing("a type") }
      return .type(type)
    case 14: return .types(parts.types)
    case nil:
      throw problem(
        "'\(parts.name)' does not say of which type it is, and holds no value or several", at: field.offset, in: fieldName)
    case let kind?:
      throw problem("'\(parts.name)' is of the type \(kind), which ONNX does not have", at: field.offset, in: fieldName)
    }
  }
}
