import FileOutput

/// Writes tensors as safetensors: the header's length, a header in JSON, and the values one behind another.
///
/// Source: the format's description in the safetensors repository. PyTorch's tools ask for the entry `format` to be `pt`.
struct SafetensorsWriter {
  private let tensors: [NamedValues]
  private let header: [UInt8]

  init(_ tensors: [NamedValues]) throws(WeightWritingError) {
    self.tensors = tensors
    var entries = ["\"__metadata__\":{\"format\":\"pt\"}"], offset = 0
    for tensor in tensors {
      let end = offset + 4 * tensor.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(Self.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    // Values start at a multiple of eight bytes.
    while text.count % 8 != 0 { text.append(0x20) }
    guard text.count <= 100_000_000 else {
      throw WeightWritingError("the names of the tensors take more than 100 MB", hint: "Write .npz")
    }
    header = text
  }

  func write(to sink: AtomicFile.Stream.Sink) throws {
    try withUnsafeBytes(of: UInt64(header.count).littleEndian, sink)
    try header.withUnsafeBytes(sink)
    for tensor in tensors { try LittleEndian.write(tensor.values(), to: sink) }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// Floats as files have them.
enum LittleEndian {
  static func write(_ values: [Float], to sink: AtomicFile.Stream.Sink) throws {
    #if _endian(little)
      try values.withUnsafeBytes(sink)
    #else
      try values.map { $0.bitPattern.littleEndian }.withUnsafeBytes(sink)
    #endif
  }
}
