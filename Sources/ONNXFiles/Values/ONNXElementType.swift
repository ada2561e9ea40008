/// The type of a tensor's elements; raw values are those of `TensorProto.DataType`.
public enum ONNXElementType: Int, Sendable, Hashable, CaseIterable {
  case float32 = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case string = 8
  case bool = 9
  case float16 = 10
  case float64 = 11
  case uint32 = 12
  case uint64 = 13
  case complex64 = 14
  case complex128 = 15
  case bfloat16 = 16
  case float8e4m3fn = 17
  case float8e4m3fnuz = 18
  case float8e5m2 = 19
  case float8e5m2fnuz = 20
  case uint4 = 21
  case int4 = 22
  case float4e2m1 = 23
  case float8e8m0 = 24
  case uint2 = 25
  case int2 = 26
  case float6e2m3 = 27
  case float6e3m2 = 28

  /// The name as NumPy and PyTorch have it, such as `float32`.
  public var name: String { "\(self)" }

  /// Bits of one element in raw data; 0 for strings, which have no fixed size.
  public var bits: Int {
    switch self {
    case .string: 0
    case .uint2, .int2: 2
    case .uint4, .int4, .float4e2m1: 4
    case .float6e2m3, .float6e3m2: 6
    case .uint8, .int8, .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: 8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .float32, .int32, .uint32: 32
    case .float64, .int64, .uint64, .complex64: 64
    case .complex128: 128
    }
  }

  /// Whether elements are real numbers with a fraction.
  public var isFloat: Bool {
    switch self {
    case .float32, .float64, .float16, .bfloat16, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz,
      .float8e8m0, .float6e2m3, .float6e3m2, .float4e2m1:
      true
    default: false
    }
  }

  /// Whether elements are whole numbers; `bool` is not counted among them.
  public var isInteger: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .uint32, .uint64, .uint4, .int4, .uint2, .int2: true
    default: false
    }
  }

  /// The bytes that `count` elements take in raw data, the last one filled up; nil where that overflows.
  func byteCount(_ count: Int) -> Int? {
    // In groups of eight elements, so that bits never overflow where bytes do not.
    let (groups, rest) = count.quotientAndRemainder(dividingBy: 8)
    let product = groups.multipliedReportingOverflow(by: bits)
    let sum = product.partialValue.addingReportingOverflow((rest * bits + 7) / 8)
    return product.overflow || sum.overflow ? nil : sum.partialValue
  }
}
