/// Turns little-endian bytes of elements into numbers.
enum ElementDecoding {
  /// Writes `count` elements as 32-bit floats; false for types that are no real numbers.
  static func floats(
    _ bytes: UnsafeRawBufferPointer, _ type: ONNXElementType, _ count: Int, into floats: UnsafeMutablePointer<Float>
  ) -> Bool {
    switch type {
    case .float32: convert(bytes, UInt32.self, count, floats) { Float(bitPattern: $0) }
    case .float64: convert(bytes, UInt64.self, count, floats) { Float(Double(bitPattern: $0)) }
    case .float16: convert(bytes, UInt16.self, count, floats) { Float(Float16(bitPattern: $0)) }
    case .bfloat16: convert(bytes, UInt16.self, count, floats) { Float(bitPattern: UInt32($0) << 16) }
    case .float8e4m3fn: look(bytes, 8, count, NarrowFloats.e4m3fn, floats)
    case .float8e4m3fnuz: look(bytes, 8, count, NarrowFloats.e4m3fnuz, floats)
    case .float8e5m2: look(bytes, 8, count, NarrowFloats.e5m2, floats)
    case .float8e5m2fnuz: look(bytes, 8, count, NarrowFloats.e5m2fnuz, floats)
    case .float8e8m0: look(bytes, 8, count, NarrowFloats.e8m0, floats)
    case .float6e2m3: look(bytes, 6, count, NarrowFloats.e2m3, floats)
    case .float6e3m2: look(bytes, 6, count, NarrowFloats.e3m2, floats)
    case .float4e2m1: look(bytes, 4, count, NarrowFloats.e2m1, floats)
    case .bool: convert(bytes, UInt8.self, count, floats) { $0 == 0 ? 0 : 1 }
    case .uint8: convert(bytes, UInt8.self, count, floats) { Float($0) }
    case .int8: convert(bytes, UInt8.self, count, floats) { Float(Int8(bitPattern: $0)) }
    case .uint16: convert(bytes, UInt16.self, count, floats) { Float($0) }
    case .int16: convert(bytes, UInt16.self, count, floats) { Float(Int16(bitPattern: $0)) }
    case .uint32: convert(bytes, UInt32.self, count, floats) { Float($0) }
    case .int32: convert(bytes, UInt32.self, count, floats) { Float(Int32(bitPattern: $0)) }
    case .uint64: convert(bytes, UInt64.self, count, floats) { Float($0) }
    case .int64: convert(bytes, UInt64.self, count, floats) { Float(Int64(bitPattern: $0)) }
    case .uint4, .int4, .uint2, .int2:
      for index in 0..<count { floats[index] = Float(small(bytes, type, index)) }
    case .string, .complex64, .complex128: return false
    }
    return true
  }

  /// Writes `count` elements as whole numbers, truth values as 0 and 1; false for other types. `tooLarge` becomes true where
  /// an unsigned number does not fit.
  static func ints(
    _ bytes: UnsafeRawBufferPointer, _ type: ONNXElementType, _ count: Int, into ints: UnsafeMutablePointer<Int>,
    tooLarge: inout Bool
  ) -> Bool {
    switch type {
    case .bool: convert(bytes, UInt8.self, count, ints) { $0 == 0 ? 0 : 1 }
    case .uint8: convert(bytes, UInt8.self, count, ints) { Int($0) }
    case .int8: convert(bytes, UInt8.self, count, ints) { Int(Int8(bitPattern: $0)) }
    case .uint16: convert(bytes, UInt16.self, count, ints) { Int($0) }
    case .int16: convert(bytes, UInt16.self, count, ints) { Int(Int16(bitPattern: $0)) }
    case .uint32: convert(bytes, UInt32.self, count, ints) { Int($0) }
    case .int32: convert(bytes, UInt32.self, count, ints) { Int(Int32(bitPattern: $0)) }
    case .int64: convert(bytes, UInt64.self, count, ints) { Int(Int64(bitPattern: $0)) }
    case .uint64:
      convert(bytes, UInt64.self, count, ints) { Int(truncatingIfNeeded: $0) }
      for index in 0..<count where ints[index] < 0 { tooLarge = true }
    case .uint4, .int4, .uint2, .int2:
      for index in 0..<count { ints[index] = small(bytes, type, index) }
    default: return false
    }
    return true
  }

  private static func convert<Bits: FixedWidthInteger & BitwiseCopyable, Value>(
    _ bytes: UnsafeRawBufferPointer, _ bits: Bits.Type, _ count: Int, _ values: UnsafeMutablePointer<Value>,
    _ value: (Bits) -> Value
  ) {
    for index in 0..<count {
      values[index] = value(
        Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)))
    }
  }

  private static func look(
    _ bytes: UnsafeRawBufferPointer, _ bits: Int, _ count: Int, _ table: [Float], _ floats: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<count { floats[index] = table[pattern(bytes, bits, index)] }
  }

  /// A whole number of two or four bits.
  private static func small(_ bytes: UnsafeRawBufferPointer, _ type: ONNXElementType, _ index: Int) -> Int {
    let value = pattern(bytes, type.bits, index)
    let isNegative = (type == .int4 || type == .int2) && value >> (type.bits - 1) == 1
    return isNegative ? value - 1 << type.bits : value
  }

  /// Bits of element `index`; the first element is in the lowest bits.
  private static func pattern(_ bytes: UnsafeRawBufferPointer, _ bits: Int, _ index: Int) -> Int {
    let place = index * bits, byte = place / 8
    let word = Int(bytes[byte]) | (byte + 1 < bytes.count ? Int(bytes[byte + 1]) << 8 : 0)
    return word >> (place % 8) & (1 << bits - 1)
  }
}
