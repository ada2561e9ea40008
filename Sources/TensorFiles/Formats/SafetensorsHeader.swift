/// The header of a safetensors file: `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}` and
/// `__metadata__`, an object of strings.
struct SafetensorsHeader {
  struct Tensor {
    var entry: TensorEntry
    /// Bytes of the data behind the header.
    var range: Range<Int>
  }

  /// In the order in which they lie in the file.
  var tensors: [Tensor] = []
  /// Texts about the file. The Python package writes that of tensors with several names one is there: `sharing`.
  var metadata: [String: String] = [:]

  private static let types: [String: TensorElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "F8_E4M3": .float8e4m3, "F8_E5M2": .float8e5m2,
    "I64": .int64, "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8,
    "BOOL": .bool,
  ]

  init(parsing text: [UInt8]) throws(JSONScanner.Problem) {
    var scanner = JSONScanner(text)
    var tensors: [Tensor] = [], metadata: [String: String] = [:]
    try scanner.object { scanner, name throws(JSONScanner.Problem) in
      guard name != "__metadata__" else {
        return try scanner.object { scanner, key throws(JSONScanner.Problem) in
          let text = try scanner.string()
          if key == "sharing" { metadata[key] = text }
        }
      }
      tensors.append(try Self.tensor(name, &scanner))
    }
    try scanner.end()
    self.metadata = metadata
    // Empty tensors lie before others that begin where they do.
    self.tensors = tensors.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
  }

  private static func tensor(_ name: String, _ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Tensor {
    _ = scanner.peek()
    let start = scanner.offset
    let label = "tensor '\(name.prefix(120))'"
    var type: TensorElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key throws(JSONScanner.Problem) in
      _ = scanner.peek()
      let place = scanner.offset
      switch key {
      case "dtype":
        let text = try scanner.string()
        type = types[text]
        guard type != nil else {
          throw JSONScanner.Problem(
            offset: place,
            message: "\(label) has the dtype '\(text.prefix(40))'; \(types.keys.sorted().joined(separator: ", ")) are read")
        }
      case "shape": shape = try counts(&scanner, atMost: 64, label)
      case "data_offsets": offsets = try counts(&scanner, atMost: 2, label)
      default: throw JSONScanner.Problem(offset: place, message: "\(label) has the unknown key '\(key.prefix(40))'")
      }
    }
    func problem(_ message: String) -> JSONScanner.Problem {
      JSONScanner.Problem(offset: start, message: "\(label) \(message)")
    }
    guard let type, let shape, let offsets else {
      throw problem("lacks \(type == nil ? "dtype" : shape == nil ? "shape" : "data_offsets")")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw problem("has data_offsets \(offsets), where a beginning and an end in this order are wanted")
    }
    guard let entry = TensorEntry(name: name, type: type, shape: shape) else {
      throw problem("has the shape \(shape), more bytes than 64 bits can count")
    }
    let length = offsets[1] - offsets[0]
    guard entry.byteCount == length else {
      throw problem(
        "has \(length) bytes from \(offsets[0]) to \(offsets[1]), where its type and its shape \(shape) need "
          + "\(entry.byteCount)")
    }
    return Tensor(entry: entry, range: offsets[0]..<offsets[1])
  }

  private static func counts(
    _ scanner: inout JSONScanner, atMost limit: Int, _ label: String
  ) throws(JSONScanner.Problem) -> [Int] {
    var counts: [Int] = []
    try scanner.array { scanner throws(JSONScanner.Problem) in
      guard counts.count < limit else {
        throw JSONScanner.Problem(offset: scanner.offset, message: "\(label) has a list of more than \(limit) numbers")
      }
      counts.append(try scanner.count())
    }
    return counts
  }
}
