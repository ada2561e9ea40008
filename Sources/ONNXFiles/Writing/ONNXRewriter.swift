/// Writes a model again with other values in some of its stored tensors; everything else stays as it is, byte for byte.
///
/// Tensors in files beside the model, changed or not, go into one new file beside the new model.
package struct ONNXRewriter {
  /// Takes the next bytes of a file.
  package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private enum Piece {
    case copy(Range<Int>)
    case bytes([UInt8])
    /// The new values of the tensor with that name.
    case values(String, ONNXElementType, count: Int)
  }

  /// A tensor of the new data file.
  private struct Outside {
    var tensor: ONNXTensor
    var offset: Int
  }

  private let source: ModelSource
  private let dataName: String
  private var pieces: [Piece] = []
  private var outside: [Outside] = []
  private var dataLength = 0
  private let replaced: Set<String>

  /// Reads the structure of a model.
  ///
  /// - Parameters:
  ///   - path: The model's file.
  ///   - names: The stored tensors whose values are replaced.
  ///   - dataName: The name of the new file for tensors that are not in the model's own.
  /// - Throws: `ONNXError` for a damaged file, and for tensors of types that weights are not written in.
  package init(path: String, replacing names: Set<String>, dataName: String) throws(ONNXError) {
    source = try ModelSource(path: path)
    self.dataName = dataName
    replaced = names
    var reader = WireReader(source)
    var start = 0
    while let field = try reader.next() {
      guard field.number == 7, field.kind == .bytes else {
        try reader.skip(field)
        continue
      }
      pieces.append(.copy(start..<field.offset))
      try rewriteGraph(field, &reader)
      start = field.range.upperBound
    }
    pieces.append(.copy(start..<source.size))
  }

  /// Whether there is a data file.
  package var hasData: Bool { !outside.isEmpty }

  private mutating func rewriteGraph(_ field: WireField, _ reader: inout WireReader) throws(ONNXError) {
    try reader.enter(field, "graph")
    var inner: [Piece] = [], length = 0, start = field.range.lowerBound, index = 0
    while let part = try reader.next() {
      guard part.number == 5, part.kind == .bytes else {
        try reader.skip(part)
        continue
      }
      let tensor = try reader.tensor(part, "initializer", index)
      index += 1
      var isOutside = false
      if case .external = tensor.location { isOutside = true }
      guard isOutside || replaced.contains(tensor.name) else { continue }
      if replaced.contains(tensor.name), !ElementEncoding.types.contains(tensor.elementType) {
        throw ONNXError(
          path: source.path,
          "the tensor '\(tensor.name)' holds \(tensor.elementType.name), in which weights are not written",
          hint: "Write them as .safetensors, or export the model in float32")
      }
      inner.append(.copy(start..<part.offset))
      length += part.offset - start
      start = part.range.upperBound
      var body = Self.head(of: tensor)
      var values = 0
      if isOutside {
        // Pages of 64 bytes, so that a mapped file can be read in place.
        let offset = (dataLength + 63) & ~63
        dataLength = offset + tensor.byteCount
        outside.append(Outside(tensor: tensor, offset: offset))
        for (key, value) in [("location", dataName), ("offset", "\(offset)"), ("length", "\(tensor.byteCount)")] {
          Self.append(13, Self.entry(key, value), to: &body)
        }
        body += Self.varint(14 << 3) + Self.varint(1)
      } else {
        values = tensor.byteCount
        body += Self.varint(9 << 3 | 2) + Self.varint(UInt64(values))
      }
      let head = Self.varint(5 << 3 | 2) + Self.varint(UInt64(body.count + values)) + body
      inner.append(.bytes(head))
      length += head.count + values
      if !isOutside { inner.append(.values(tensor.name, tensor.elementType, count: tensor.count)) }
    }
    inner.append(.copy(start..<field.range.upperBound))
    length += field.range.upperBound - start
    pieces.append(.bytes(Self.varint(7 << 3 | 2) + Self.varint(UInt64(length))))
    pieces += inner
  }

  /// Writes the model's file.
  ///
  /// - Parameters:
  ///   - values: The new values of a tensor by its name, as many as it has elements.
  ///   - sink: Takes the bytes.
  /// - Throws: `ONNXError` where the model cannot be read any more, and what the others throw.
  package func writeModel(values: (String) throws -> [Float], to sink: Sink) throws {
    for piece in pieces {
      switch piece {
      case .copy(let range): try copy(range, to: sink)
      case .bytes(let bytes): try bytes.withUnsafeBytes(sink)
      case .values(let name, let type, let count):
        try encoded(name, type, count, values).withUnsafeBytes(sink)
      }
    }
  }

  /// Writes the file of tensors beside the model.
  ///
  /// - Parameters:
  ///   - values: As for `writeModel`.
  ///   - sink: Takes the bytes.
  /// - Throws: As `writeModel` does.
  package func writeData(values: (String) throws -> [Float], to sink: Sink) throws {
    var place = 0
    for entry in outside {
      try [UInt8](repeating: 0, count: entry.offset - place).withUnsafeBytes(sink)
      if replaced.contains(entry.tensor.name) {
        try encoded(entry.tensor.name, entry.tensor.elementType, entry.tensor.count, values).withUnsafeBytes(sink)
      } else {
        var stream = try ElementStream(entry.tensor)
        while let block = try stream.next() { try sink(block.bytes) }
      }
      place = entry.offset + entry.tensor.byteCount
    }
  }

  /// The bytes of a tensor's new values.
  private func encoded(
    _ name: String, _ type: ONNXElementType, _ count: Int, _ values: (String) throws -> [Float]
  ) throws -> [UInt8] {
    let new = try values(name)
    // A tensor of another size would shift everything behind it.
    guard new.count == count else {
      throw ONNXError(
        path: source.path, "the tensor '\(name)' has \(count) values, and \(new.count) were to be written",
        hint: "Write .safetensors")
    }
    return ElementEncoding.bytes(new, type)
  }

  private func copy(_ range: Range<Int>, to sink: Sink) throws {
    var block = [UInt8](repeating: 0, count: min(range.count, 1 << 20)), place = range.lowerBound
    while place < range.upperBound {
      let count = min(block.count, range.upperBound - place)
      try block.withUnsafeMutableBytes { bytes in
        let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
        try source.read(at: place, into: part)
        try sink(UnsafeRawBufferPointer(part))
      }
      place += count
    }
  }

  // MARK: Wire format

  /// The fields of a tensor before its values.
  private static func head(of tensor: ONNXTensor) -> [UInt8] {
    var bytes: [UInt8] = []
    for extent in tensor.dims { bytes += varint(1 << 3) + varint(UInt64(extent)) }
    bytes += varint(2 << 3) + varint(UInt64(tensor.elementType.rawValue))
    append(8, Array(tensor.name.utf8), to: &bytes)
    return bytes
  }

  private static func entry(_ key: String, _ value: String) -> [UInt8] {
    var bytes: [UInt8] = []
    append(1, Array(key.utf8), to: &bytes)
    append(2, Array(value.utf8), to: &bytes)
    return bytes
  }

  private static func append(_ number: UInt64, _ content: [UInt8], to bytes: inout [UInt8]) {
    bytes += varint(number << 3 | 2) + varint(UInt64(content.count)) + content
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = [], rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
  }
}
