/// The type of a tensor's elements as they lie in a file.
public enum TensorElementType: String, Sendable, CaseIterable, Hashable {
  case float64, float32, float16, bfloat16
  /// Eight bits with four of exponent and three of mantissa, no infinities (OCP 8-bit floating point, E4M3).
  case float8e4m3 = "float8_e4m3fn"
  /// Eight bits with five of exponent and two of mantissa (OCP 8-bit floating point, E5M2).
  case float8e5m2 = "float8_e5m2"
  case int64, int32, int16, int8, uint64, uint32, uint16, uint8, bool

  /// Bytes per element.
  public var size: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float8e4m3, .float8e5m2, .int8, .uint8, .bool: 1
    }
  }

  /// Whether the elements are floating-point numbers; others are counters, indices and masks.
  public var isFloat: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .float8e4m3, .float8e5m2: true
    default: false
    }
  }

  /// Bits of a float's fraction, the hidden one not counted; nil for whole numbers.
  public var fractionBits: Int? {
    switch self {
    case .float64: 52
    case .float32: 23
    case .float16: 10
    case .bfloat16: 7
    case .float8e4m3: 3
    case .float8e5m2: 2
    default: nil
    }
  }

  /// The distance between neighbouring numbers next to zero, below which the fraction's relative precision ends; nil for
  /// whole numbers.
  package var smallestStep: Double? {
    switch self {
    case .float64: Double.leastNonzeroMagnitude
    case .float32: Double(Float.leastNonzeroMagnitude)
    case .float16: 0x1p-24
    case .bfloat16: 0x1p-133
    case .float8e4m3: 0x1p-9
    case .float8e5m2: 0x1p-16
    default: nil
    }
  }
}
