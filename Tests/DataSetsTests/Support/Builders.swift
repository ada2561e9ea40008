import CZlib
import DataSets
import Testing

/// `bytes` as one gzip member.
func gzip(_ bytes: [UInt8], level: Int32 = 6) throws -> [UInt8] {
  var stream = z_stream()
  try #require(initscope_deflate_init_gzip(&stream, level) == Z_OK)
  return try finish(&stream, bytes)
}

/// `bytes` as a bare deflate stream.
func deflated(_ bytes: [UInt8], level: Int32 = 6) throws -> [UInt8] {
  var stream = z_stream()
  try #require(initscope_deflate_init_raw(&stream, level) == Z_OK)
  return try finish(&stream, bytes)
}

private func finish(_ stream: inout z_stream, _ bytes: [UInt8]) throws -> [UInt8] {
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
  let status = input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      return deflate(&stream, Z_FINISH)
    }
  }
  try #require(status == Z_STREAM_END)
  return Array(output.prefix(output.count - Int(stream.avail_out)))
}

/// An IDX file of unsigned bytes.
func idx(_ dimensions: [UInt32], _ payload: [UInt8], type: UInt8 = 0x08) -> [UInt8] {
  [0, 0, type, UInt8(dimensions.count)] + dimensions.flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) } + payload
}

/// Bytes without a pattern that deflate could use, the same in every run (the low bytes of a linear congruence).
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 40)
  }
}

/// The samples at `indices`, scaled.
func samples(_ set: some SampleSet, _ indices: [Int], _ scaling: Scaling) -> [Float] {
  var values = [Float](repeating: .nan, count: indices.count * set.featureCount)
  values.withUnsafeMutableBufferPointer { set.fill($0, indices: indices, scaling: scaling) }
  return values
}

/// The error that `body` throws; a test fails where it throws none.
func failure<Value>(_ body: () throws(DataError) -> Value, sourceLocation: SourceLocation = #_sourceLocation) -> DataError? {
  do throws(DataError) {
    _ = try body()
    Issue.record("nothing was refused", sourceLocation: sourceLocation)
    return nil
  } catch {
    return error
  }
}
