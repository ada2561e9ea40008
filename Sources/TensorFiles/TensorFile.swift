import DataSets

/// A file, or several that belong together, of named tensors, which are read by blocks.
///
/// A format conforms to this in a file of its own under Formats, and has one line in `TensorFiles.open`. Nothing of a file
/// is mapped into memory: one that shrinks while it is read is an error, not the end of the process.
package protocol TensorFile: Sendable {
  /// The path as it was given.
  var path: String { get }
  /// What the format is called: `safetensors`, `PyTorch archive`.
  var format: String { get }
  /// The tensors in the order of the file.
  var entries: [TensorEntry] { get }
  /// What a reader of the report should know about the file, in sentences: parts that were left out.
  var notes: [String] { get }
  /// For each tensor the index of the first one that has the very same bytes of the file, such as tied weights in a PyTorch
  /// archive: its own index where it shares with none before it.
  var sharing: [Int] { get }
  /// Whether two names of one tensor would show in `sharing`, or the file would hold one of them alone: then equal tensors
  /// are two.
  var tellsSharing: Bool { get }

  /// Calls `body` with the elements of the tensor at `index`, in row-major order, little-endian, block by block.
  ///
  /// - Parameters:
  ///   - index: Of the tensor in `entries`.
  ///   - memory: Where blocks are assembled; each has at most `memory.capacity` bytes and a whole number of elements.
  ///   - body: Is called with each block; it must not keep it.
  /// - Throws: `DataError` where the file cannot be read or is damaged, and what `body` throws.
  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

extension TensorFile {
  package var notes: [String] { [] }
  package var sharing: [Int] { Array(entries.indices) }
  package var tellsSharing: Bool { false }
}

/// Memory for one reader's blocks, which a thread makes once and uses for every tensor.
package final class BlockMemory {
  /// Bytes of one block: large enough that a call to the system costs little, small enough for a processor's cache.
  package static let usualCapacity = 1 << 20
  let bytes: UnsafeMutableRawBufferPointer
  package var capacity: Int { bytes.count }

  package init(capacity: Int = BlockMemory.usualCapacity) {
    precondition(capacity >= 8, "a block holds at least one element, got \(capacity) bytes")
    bytes = .allocate(byteCount: capacity, alignment: 64)
  }

  deinit { bytes.deallocate() }
}
