import Glibc

/// Uninitialized, cache-line aligned storage for floats. It is owned by reference and never resized.
///
/// Not Sendable: a buffer belongs to the worker that made it.
public final class FloatBuffer {
  public let pointer: UnsafeMutablePointer<Float>
  public let capacity: Int

  /// Bytes from which a buffer gets a mapping of its own.
  private static let mappedFrom = 1 << 21

  /// Allocates storage for `capacity` floats.
  ///
  /// - Throws: `OutOfMemory` where the system has none left.
  public init(capacity: Int) throws(OutOfMemory) {
    precondition(capacity > 0, "a buffer holds at least one value, got \(capacity)")
    let (bytes, overflow) = capacity.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !overflow, bytes < Int.max / 2 else { throw OutOfMemory(bytes: .max) }
    guard let raw = bytes >= Self.mappedFrom ? Self.mapped(bytes) : Self.allocated(bytes) else {
      throw OutOfMemory(bytes: bytes)
    }
    self.capacity = capacity
    pointer = raw.bindMemory(to: Float.self, capacity: capacity)
  }

  deinit {
    let bytes = capacity * MemoryLayout<Float>.stride
    if bytes >= Self.mappedFrom { munmap(pointer, bytes) } else { free(pointer) }
  }

  private static func allocated(_ bytes: Int) -> UnsafeMutableRawPointer? {
    var raw: UnsafeMutableRawPointer?
    return posix_memalign(&raw, 64, bytes) == 0 ? raw : nil
  }

  /// Maps memory of its own: malloc would keep what is freed, and buffers of another size could not have it.
  ///
  /// No huge pages are asked for: on virtual machines whose host takes back free memory (free page reporting) they are
  /// slow to clear, and most buffers of a large model are used once. There GPT-2 took 6.3 s with them and 4.6 s without,
  /// and a dense audit 1.8 and 1.6 s.
  private static func mapped(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let region = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return region == MAP_FAILED ? nil : region
  }
}

/// The error that the system refused an allocation.
public struct OutOfMemory: Error, Sendable, CustomStringConvertible {
  public var bytes: Int

  public init(bytes: Int) { self.bytes = bytes }

  public var description: String {
    "out of memory: \(bytes) bytes were refused. Choose a smaller --batch, --width or --memory"
  }
}

/// A pool of buffers that are reused by size, so that one worker's jobs share their memory.
public final class BufferPool {
  /// The limit in bytes for used and idle buffers together. Above it idle buffers are given back to the system.
  public let limit: Int
  private var free: [Int: [FloatBuffer]] = [:]
  /// Bytes of all buffers, in use or idle.
  public private(set) var heldBytes = 0
  /// The most bytes that were held at once.
  public private(set) var peakBytes = 0

  /// How many times larger than asked an idle buffer may be. The system clears fresh memory more slowly than a pass over it
  /// takes, so that a buffer too large is better than a fresh one; 1 where memory is planned to the byte.
  private let slack: Int

  /// Makes an empty pool.
  ///
  /// - Parameters:
  ///   - limit: The limit in bytes for used and idle buffers together.
  ///   - slack: How many times larger than asked an idle buffer may be.
  public init(limit: Int = .max, slack: Int = 1) {
    self.limit = limit
    self.slack = slack
  }

  /// Returns a buffer of at least `count` floats with arbitrary content.
  public func take(_ count: Int) throws(OutOfMemory) -> FloatBuffer {
    // Rounding the size lets layers of nearly the same size share buffers.
    let capacity = max(64, (count + 63) / 64 * 64)
    if let buffer = free[capacity]?.popLast() { return buffer }
    if slack > 1, capacity > 4096 {
      let fitting = free.filter { $0.key > capacity && $0.key / slack <= capacity && !$0.value.isEmpty }.keys.min()
      if let fitting, let buffer = free[fitting]?.popLast() { return buffer }
    }
    let bytes = capacity * MemoryLayout<Float>.stride
    if heldBytes > limit - bytes { release(downTo: limit - bytes) }
    let buffer = try FloatBuffer(capacity: capacity)
    heldBytes += bytes
    peakBytes = max(peakBytes, heldBytes)
    return buffer
  }

  /// Frees idle buffers, largest first, until no more than `target` bytes are held or none is idle.
  private func release(downTo target: Int) {
    for capacity in free.keys.sorted(by: >) {
      while heldBytes > target, free[capacity]?.popLast() != nil { heldBytes -= capacity * MemoryLayout<Float>.stride }
      if free[capacity]?.isEmpty == true { free[capacity] = nil }
    }
  }

  public func give(_ buffer: FloatBuffer) {
    free[buffer.capacity, default: []].append(buffer)
  }
}
