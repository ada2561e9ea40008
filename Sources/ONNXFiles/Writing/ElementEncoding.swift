/// Turns numbers into little-endian bytes of a stored type.
enum ElementEncoding {
  /// The types that weights may be written in.
  static let types: Set<ONNXElementType> = [.float32, .float64, .float16, .bfloat16]

  /// The bytes of `values` as elements of that type, rounded to the nearest; one of `types`.
  static func bytes(_ values: [Float], _ type: ONNXElementType) -> [UInt8] {
    switch type {
    case .float64: return all(values) { Double($0).bitPattern }
    case .float16: return all(values) { Float16($0).bitPattern }
    case .bfloat16: return all(values, bfloat16)
    default: return all(values) { $0.bitPattern }
    }
  }

  /// To the nearest, to even where two are as near; NaN stays NaN.
  private static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  private static func all<Bits: FixedWidthInteger & BitwiseCopyable>(_ values: [Float], _ bits: (Float) -> Bits) -> [UInt8] {
    let size = MemoryLayout<Bits>.size
    return [UInt8](unsafeUninitializedCapacity: values.count * size) { target, count in
      let raw = UnsafeMutableRawBufferPointer(target)
      for (place, value) in values.enumerated() {
        raw.storeBytes(of: bits(value).littleEndian, toByteOffset: place * size, as: Bits.self)
      }
      count = values.count * size
    }
  }
}
