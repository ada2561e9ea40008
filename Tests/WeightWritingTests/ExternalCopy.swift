import Foundation
import ONNXFiles

/// Writes a model whose tensors lie in a file beside it, by hand: every initializer gets external data.
enum ExternalCopy {
  static func write(_ path: String, to copy: String) throws -> String {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let location = (copy.split(separator: "/").last.map(String.init) ?? "") + ".data"
    var data: [UInt8] = []
    let model = fields(bytes[...]).flatMap { field -> [UInt8] in
      guard field.number == 7 else { return field.whole }
      let graph = fields(field.content).flatMap { part -> [UInt8] in
        guard part.number == 5 else { return part.whole }
        var tensor: [UInt8] = []
        for piece in fields(part.content) {
          // raw_data becomes a location, an offset and a length.
          guard piece.number == 9 else {
            tensor += piece.whole
            continue
          }
          let entries = [("location", location), ("offset", "\(data.count)"), ("length", "\(piece.content.count)")]
          for (key, value) in entries {
            tensor += bytesField(13, bytesField(1, Array(key.utf8)) + bytesField(2, Array(value.utf8)))
          }
          tensor += [14 << 3, 1]
          data += piece.content
        }
        return bytesField(5, tensor)
      }
      return bytesField(7, graph)
    }
    try Data(model).write(to: URL(filePath: copy))
    try Data(data).write(to: URL(filePath: copy + ".data"))
    return copy
  }

  private struct Field {
    var number: Int
    var content: ArraySlice<UInt8>
    var whole: [UInt8]
  }

  /// The fields of a message in protobuf's wire format.
  private static func fields(_ bytes: ArraySlice<UInt8>) -> [Field] {
    var found: [Field] = [], place = bytes.startIndex
    func varint() -> Int {
      var value = 0, shift = 0
      while true {
        let byte = bytes[place]
        place += 1
        value |= Int(byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
    }
    while place < bytes.endIndex {
      let start = place, tag = varint()
      var content = bytes[place..<place]
      switch tag & 7 {
      case 0: _ = varint()
      case 1: place += 8
      case 5: place += 4
      default:
        let length = varint()
        content = bytes[place..<place + length]
        place += length
      }
      found.append(Field(number: tag >> 3, content: content, whole: Array(bytes[start..<place])))
    }
    return found
  }

  private static func bytesField(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(content.count) + content
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = [], rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
