import Foundation

/// Zip archives without compression.
enum StoredZip {
  static func archive(_ members: [(name: String, data: Data)]) -> Data {
    var body = Data(), directory = Data()
    for (name, data) in members {
      let offset = UInt32(body.count), size = UInt32(data.count)
      // Version, flags, method, time, date; then checksum and both sizes; then lengths of name and extra field.
      func append(_ target: inout Data, _ signature: UInt32, _ versions: [UInt16]) {
        target.append(signature)
        for value in versions + [0, 0, 0, 0] { target.append(value) }
        for value in [checksum(data), size, size] { target.append(value) }
        for value in [UInt16(name.utf8.count), 0] { target.append(value) }
      }
      append(&body, 0x0403_4B50, [20])
      body.append(Data(name.utf8))
      body.append(data)
      append(&directory, 0x0201_4B50, [20, 20])
      // Comment, disk and internal attributes; external attributes; place of the local header.
      for value in [UInt16(0), 0, 0] { directory.append(value) }
      for value in [UInt32(0), offset] { directory.append(value) }
      directory.append(Data(name.utf8))
    }
    var end = Data()
    end.append(UInt32(0x0605_4B50))
    for value in [UInt16(0), 0, UInt16(members.count), UInt16(members.count)] { end.append(value) }
    for value in [UInt32(directory.count), UInt32(body.count)] { end.append(value) }
    end.append(UInt16(0))
    return body + directory + end
  }

  /// CRC-32, bit by bit.
  private static func checksum(_ data: Data) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in data {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
  }
}

extension Data {
  mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
