import CZlib

/// Unpacks one gzip member or one bare deflate stream with zlib.
///
/// zlib keeps a pointer back to the `z_stream`, so that it must not move: it lives on the heap.
package final class InflateStream {
  package enum Outcome: Equatable {
    /// All is well; more input or more room for output is needed.
    case proceeding
    /// The stream ended; a gzip member's CRC and length agree.
    case ended
    /// The data are damaged or not in this format; the message is zlib's.
    case damaged(String)
  }

  package enum Wrapper { case gzip, none }

  private let stream: UnsafeMutablePointer<z_stream>

  /// Makes the stream; nil where zlib found no memory.
  package init?(_ wrapper: Wrapper = .gzip) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = wrapper == .gzip ? initscope_inflate_init_gzip(stream) : initscope_inflate_init_raw(stream)
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// zlib's CRC-32 of `bytes`, the checksum of gzip and zip.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }

  /// The same checksum of bytes that come one block after another.
  package struct Checksum {
    package private(set) var value: UInt32 = 0
    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
      guard let start = bytes.baseAddress else { return }
      value = UInt32(truncatingIfNeeded: crc32_z(UInt(value), start.assumingMemoryBound(to: UInt8.self), bytes.count))
    }
  }

  /// Unpacks from `input` to `output` and says how many bytes of each were used.
  package func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> (consumed: Int, produced: Int, outcome: Outcome) {
    // zlib counts in 32 bits.
    let offered = min(input.count, Int(UInt32.max))
    let room = min(output.count, Int(UInt32.max))
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(offered)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(room)
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    let consumed = offered - Int(stream.pointee.avail_in)
    let produced = room - Int(stream.pointee.avail_out)
    // Z_BUF_ERROR only says that nothing can be done without more input or room.
    let outcome: Outcome =
      switch status {
      case Z_OK, Z_BUF_ERROR: .proceeding
      case Z_STREAM_END: .ended
      case Z_MEM_ERROR: .damaged("no memory to inflate it")
      default: .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)")
      }
    return (consumed, produced, outcome)
  }
}
