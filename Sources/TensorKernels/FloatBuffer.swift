import Glibc

/// Uninitialized, cache-line aligned storage for floats, owned by reference and never resized.
///
/// Not Sendable: a buffer belongs to the worker that made it.
public final class FloatBuffer {
  public let pointer: UnsafeMutablePointer<Float>
  public let capacity: Int

  /// - Throws: `OutOfMemory` where the system has none left.
  public init(capacity: Int) throws(OutOfMemory) {
    precondition(capacity > 0, "a buffer holds at least one value, got \(capacity)")
    let hugePage = 1 << 21
    let bytes = capacity * MemoryLayout<Float>.stride
    var raw: UnsafeMutableRawPointer?
    let alignment = bytes >= hugePage ? hugePage : 64
    guard posix_memalign(&raw, alignment, bytes) == 0, let raw else { throw OutOfMemory(bytes: bytes) }
    // Page faults of fresh 4 kB pages cost as much as a statistics pass; huge pages make them rare.
    if bytes >= hugePage { madvise(raw, bytes, MADV_HUGEPAGE) }
    self.capacity = capacity
    pointer = raw.bindMemory(to: Float.self, capacity: capacity)
  }

  deinit { free(pointer) }
}

/// The system refused an allocation.
public struct OutOfMemory: Error, Sendable, CustomStringConvertible {
  public var bytes: Int
  public var description: String {
    "out of memory: \(bytes) bytes were refused. Choose a smaller --batch, --width or --memory"
  }
}

/// Recycles buffers by capacity, so that one worker's jobs share their memory.
public final class BufferPool {
  private var free: [Int: [FloatBuffer]] = [:]
  public init() {}

  /// A buffer of at least `count` floats with arbitrary content.
  public func take(_ count: Int) throws(OutOfMemory) -> FloatBuffer {
    // Rounding makes layers of nearly one size share buffers.
    let capacity = max(64, (count + 63) / 64 * 64)
    if let buffer = free[capacity]?.popLast() { return buffer }
    return try FloatBuffer(capacity: capacity)
  }

  public func give(_ buffer: FloatBuffer) {
    free[buffer.capacity, default: []].append(buffer)
  }
}
