import TensorKernels

extension TensorElementType {
  /// How the kernels call the type.
  package var element: ValueSums.Element {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float8e4m3: .float8e4m3
    case .float8e5m2: .float8e5m2
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint64: .uint64
    case .uint32: .uint32
    case .uint16: .uint16
    case .uint8, .bool: .uint8
    }
  }
}
