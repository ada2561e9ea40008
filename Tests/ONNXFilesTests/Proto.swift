/// Writes protobuf's wire format by hand, so that tests can write what no library would.
struct Proto {
  var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value, bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func tag(_ number: Int, _ wireType: Int) { bytes += Self.varint(UInt64(number << 3 | wireType)) }

  mutating func int(_ number: Int, _ value: Int) {
    tag(number, 0)
    bytes += Self.varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ number: Int, _ value: Float) {
    tag(number, 5)
    bytes += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
  }

  mutating func data(_ number: Int, _ value: [UInt8]) {
    tag(number, 2)
    bytes += Self.varint(UInt64(value.count)) + value
  }

  mutating func text(_ number: Int, _ value: String) { data(number, Array(value.utf8)) }

  mutating func message(_ number: Int, _ body: (inout Proto) -> Void) {
    var inner = Proto()
    body(&inner)
    data(number, inner.bytes)
  }

  /// A model with one graph.
  static func model(_ graph: (inout Proto) -> Void) -> [UInt8] {
    var model = Proto()
    model.int(1, 10)
    model.message(7, graph)
    return model.bytes
  }

  /// A model with one stored tensor.
  static func stored(_ tensor: (inout Proto) -> Void) -> [UInt8] {
    model { $0.message(5, tensor) }
  }

  /// A model whose only tensor lies in another file.
  static func model(_ dims: [Int], external entries: KeyValuePairs<String, String>) -> [UInt8] {
    stored { tensor in
      for extent in dims { tensor.int(1, extent) }
      tensor.int(2, 1)
      tensor.text(8, "weight")
      for (key, value) in entries {
        tensor.message(13) {
          $0.text(1, key)
          $0.text(2, value)
        }
      }
      tensor.int(14, 1)
    }
  }
}
