/// Gives a tensor's elements as little-endian bytes, some ten thousand at a time, wherever the file has them.
struct ElementStream: ~Copyable {
  /// Elements in one chunk; a multiple of eight, so that elements of two, four and six bits start at a byte.
  private static let chunkLength = 1 << 14

  private let tensor: ONNXTensor
  private let chunk: UnsafeMutableRawBufferPointer
  private let file: ExternalFile?
  private var numbers: NumberStream?
  private var done = 0

  /// Opens and checks the data file of a tensor that has one.
  init(_ tensor: ONNXTensor) throws(ONNXError) {
    switch tensor.location {
    case .external(let data):
      file = try ExternalFile(data, of: tensor, byteCount: tensor.byteCount)
      numbers = nil
    case .typed(let number, let message):
      file = nil
      numbers = NumberStream(tensor.source, number: number, message: message)
    case .raw:
      file = nil
      numbers = nil
    }
    self.tensor = tensor
    chunk = .allocate(
      byteCount: max(16, min(tensor.count, Self.chunkLength) * tensor.elementType.bits / 8 + 16), alignment: 16)
  }

  deinit { chunk.deallocate() }

  /// The next elements, nil at the end: their bytes, valid until the next call, the first one's place, and how many.
  mutating func next() throws(ONNXError) -> (bytes: UnsafeRawBufferPointer, first: Int, count: Int)? {
    let first = done, count = min(tensor.count - done, Self.chunkLength)
    guard count > 0 else { return nil }
    let byteCount = (count * tensor.elementType.bits + 7) / 8
    let bytes = UnsafeMutableRawBufferPointer(rebasing: chunk[..<byteCount])
    if numbers == nil {
      try read(at: first / 8 * tensor.elementType.bits, into: bytes)
    } else {
      try fill(bytes)
    }
    done += count
    return (UnsafeRawBufferPointer(bytes), first, count)
  }

  /// Whether the elements lie in a file as they are.
  var isContiguous: Bool { numbers == nil }

  /// Fills `buffer` with bytes of the tensor's data from `offset` on.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ONNXError) {
    switch tensor.location {
    case .raw(let range): try tensor.source.read(at: range.lowerBound + offset, into: buffer)
    case .external(let data): try file?.read(at: data.offset + offset, into: buffer)
    case .typed: preconditionFailure("numbers of a field are not contiguous")
    }
  }

  /// Fills `bytes` with numbers of the field: each is one element, but of types below a byte several, and of complex ones a
  /// half.
  private mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) throws(ONNXError) {
    let bits = tensor.elementType.bits
    if bits == 6 {
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      var place = 0
      while place + 6 <= 8 * bytes.count, place < 6 * (tensor.count - done) {
        let value = UInt16(truncatingIfNeeded: try number() & 0x3F) << UInt16(place % 8)
        bytes[place / 8] |= UInt8(truncatingIfNeeded: value)
        if value > 0xFF { bytes[place / 8 + 1] |= UInt8(value >> 8) }
        place += 6
      }
      return
    }
    let size = bits < 8 ? 1 : tensor.elementType.isComplex ? bits / 16 : bits / 8
    for place in stride(from: 0, to: bytes.count, by: size) {
      let value = try number()
      switch size {
      case 1: bytes[place] = UInt8(truncatingIfNeeded: value)
      case 2: bytes.storeBytes(of: UInt16(truncatingIfNeeded: value).littleEndian, toByteOffset: place, as: UInt16.self)
      case 4: bytes.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, toByteOffset: place, as: UInt32.self)
      default: bytes.storeBytes(of: value.littleEndian, toByteOffset: place, as: UInt64.self)
      }
    }
  }

  private mutating func number() throws(ONNXError) -> UInt64 {
    // The reader counted them; the file may have been written to since.
    guard let value = try numbers?.next() else {
      throw ONNXError(
        path: tensor.source.path, "the file changed while it was read", hint: "Let its writer finish first")
    }
    return value
  }
}

extension ONNXElementType {
  var isComplex: Bool { self == .complex64 || self == .complex128 }
}

/// Gives the numbers of one repeated field in a message, packed or single, as bit patterns.
struct NumberStream: ~Copyable {
  private var reader: WireReader
  private let number: Int
  private var packedEnd = 0

  init(_ source: ModelSource, number: Int, message: Range<Int>) {
    reader = WireReader(source, message, name: "tensor")
    self.number = number
  }

  mutating func next() throws(ONNXError) -> UInt64? {
    while true {
      if reader.position < packedEnd { return try value() }
      guard let field = try reader.next() else { return nil }
      guard field.number == number else {
        try reader.skip(field)
        continue
      }
      guard field.kind == .bytes else { return try value() }
      packedEnd = field.range.upperBound
    }
  }

  /// float_data (4) and double_data (10) have a fixed size, the others are varints.
  private mutating func value() throws(ONNXError) -> UInt64 {
    switch number {
    case 4: UInt64(try reader.fixed32())
    case 10: try reader.fixed64()
    default: try reader.varint()
    }
  }
}
