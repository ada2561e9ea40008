/// Values of fields. Each function checks how the field is encoded and goes past it.
extension WireReader {
  mutating func int(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Int {
    try expect(.varint, field, name)
    return Int(truncatingIfNeeded: try varint())
  }

  mutating func float(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Float {
    try expect(.fixed32, field, name)
    return Float(bitPattern: try fixed32())
  }

  /// Where a field's bytes are; they are not read.
  mutating func range(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Range<Int> {
    try expect(.bytes, field, name)
    try skip(field)
    return field.range
  }

  mutating func string(_ field: WireField, _ name: StaticString) throws(ONNXError) -> String {
    try string(range(field, name), at: field.offset, name)
  }

  mutating func string(_ range: Range<Int>, at offset: Int, _ name: StaticString) throws(ONNXError) -> String {
    guard range.count <= Self.maximumTextLength else {
      throw problem("is a text of \(range.count) bytes; at most \(Self.maximumTextLength) are read", at: offset, in: name)
    }
    guard let text = try text(range) else { throw problem("is not UTF-8 text", at: offset, in: name) }
    return text
  }

  mutating func strings(_ field: WireField, _ name: StaticString, into list: inout [String]) throws(ONNXError) {
    try spend(3 * MemoryLayout<String>.stride)
    list.append(try string(field, name))
  }

  /// Adds whole numbers, one or a packed list of them.
  mutating func ints(_ field: WireField, _ name: StaticString, into list: inout [Int]) throws(ONNXError) {
    guard field.kind == .bytes else {
      try spend(3 * MemoryLayout<Int>.stride)
      list.append(try int(field, name))
      return
    }
    while position < field.range.upperBound {
      try spend(3 * MemoryLayout<Int>.stride)
      let start = position
      list.append(Int(truncatingIfNeeded: try varint()))
      guard position <= field.range.upperBound else { throw problem("breaks off within a number", at: start, in: name) }
    }
  }

  /// Adds 32-bit floats, one or a packed list of them.
  mutating func floats(_ field: WireField, _ name: StaticString, into list: inout [Float]) throws(ONNXError) {
    guard field.kind == .bytes else {
      try spend(3 * MemoryLayout<Float>.stride)
      list.append(try float(field, name))
      return
    }
    guard field.range.count % 4 == 0 else {
      throw problem("is \(field.range.count) bytes, no whole number of 32-bit floats", at: field.offset, in: name)
    }
    try spend(3 * field.range.count)
    while position < field.range.upperBound { list.append(Float(bitPattern: try fixed32())) }
  }

  /// A pair of texts, whose value is left in the file.
  mutating func entry(
    _ field: WireField, _ name: StaticString, _ index: Int
  ) throws(ONNXError) -> (key: String, value: Range<Int>) {
    try enter(field, name, index)
    var key = "", value = 0..<0
    while let part = try next() {
      switch part.number {
      case 1: key = try string(part, "key")
      case 2: value = try range(part, "value")
      default: try skip(part)
      }
    }
    return (key, value)
  }
}
