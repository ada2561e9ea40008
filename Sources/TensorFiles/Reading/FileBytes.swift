import DataSets

/// An open file from which several threads may read.
final class FileBytes: Sendable {
  private let file: InputFile
  var path: String { file.path }
  var size: Int { file.size }

  init(path: String) throws(DataError) { file = try InputFile(path: path) }

  /// The bytes of a range that lies within the file.
  func bytes(_ range: Range<Int>) throws(DataError) -> [UInt8] {
    let bytes = try file.bytes(range)
    guard bytes.count == range.count else {
      throw DataError(
        path: path, position: .byte(range.lowerBound + bytes.count), "ends here: the file was cut while it was being read",
        hint: "Wait until it is written whole")
    }
    return bytes
  }

  /// Fills `buffer` from `offset` on.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) {
    try file.read(into: buffer, at: offset)
  }

  /// Calls `body` with the bytes of a range, block by block, each a multiple of `unit` bytes.
  func read(
    _ range: Range<Int>, unit: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let step = memory.capacity / unit * unit
    var place = range.lowerBound
    while place < range.upperBound {
      let block = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<min(step, range.upperBound - place)])
      try read(into: block, at: place)
      try body(UnsafeRawBufferPointer(block))
      place += block.count
    }
  }
}
