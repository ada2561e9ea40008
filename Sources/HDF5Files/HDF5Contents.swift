/// What an HDF5 file holds, as far as it is numbers: arrays by their paths, and what groups are called.
package struct HDF5Contents: Sendable {
  /// The type of an array's elements as they were sent. Whole numbers of every size come as int64, floats of a type that is
  /// none of these as float32.
  package enum ElementType: UInt8, Sendable {
    case float32 = 0x66, float64 = 0x64, float16 = 0x68, bfloat16 = 0x62, int64 = 0x69

    /// Bytes of one element.
    package var size: Int {
      switch self {
      case .float32: 4
      case .float64, .int64: 8
      case .float16, .bfloat16: 2
      }
    }
  }

  /// One array: its path, type and extents, and its elements in row-major order, little-endian.
  package struct Array: Sendable {
    package var path: String
    package var type: ElementType
    package var shape: [Int]
    package var bytes: [UInt8]

    /// The elements of an array of type float32.
    package var floats: [Float] {
      precondition(type == .float32, "floats of an array of type \(type)")
      return [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        count = bytes.count / 4
      }
    }

    /// The elements of an array of type int64.
    package var integers: [Int64] {
      precondition(type == .int64, "whole numbers of an array of type \(type)")
      return [Int64](unsafeUninitializedCapacity: bytes.count / 8) { buffer, count in
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        count = bytes.count / 8
      }
    }
  }

  /// In the order of the request, or of the file.
  package var arrays: [Array] = []
  /// The attribute `name` of groups, by their paths: Keras's names of layers.
  package var names: [String: String] = [:]
  /// Paths of arrays that hold no numbers.
  package var leftOut: [String] = []

  package init() {}
}
