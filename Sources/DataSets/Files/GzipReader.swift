/// Reads a file once from front to back, unpacking it if it is a gzip file.
///
/// Nothing that the file claims is trusted. What comes out is bounded by the length that the format's own header declares
/// (``expect(length:inFull:)``), which is checked against the file's size before anything of that size is allocated: an
/// uncompressed file must have that size, and deflate cannot expand by more than 1032 (RFC 1951: 258 bytes for two bits), so
/// a short file that claims terabytes is refused at once. A gzip file must be one member (RFC 1952) with nothing behind it;
/// its CRC is checked when the end is reached.
package final class GzipReader {
  /// The largest size to which a file may unpack.
  package static let maximumLength = 1 << 32
  static let maximumExpansion = 1032

  package var path: String { file.path }
  package let isCompressed: Bool
  /// Bytes delivered so far.
  package private(set) var position = 0

  private let file: InputFile
  private let stream: InflateStream?
  private var input: [UInt8]
  private var inputStart = 0
  private var inputEnd = 0
  /// Bytes of the file that were moved into `input`.
  private var fileOffset = 0
  private var hasEnded = false
  private var length: Int?

  /// Opens the file and detects whether it is gzip.
  ///
  /// - Throws: `DataError` where it cannot be opened or is no regular file.
  package init(path: String) throws(DataError) {
    let file = try InputFile(path: path)
    var input = [UInt8](repeating: 0, count: 1 << 16)
    let count = try Self.refill(&input, from: file)
    let isCompressed = count >= 2 && input[0] == 0x1F && input[1] == 0x8B
    var stream: InflateStream?
    if isCompressed {
      guard let inflater = InflateStream() else { throw DataError(path: path, "no memory to inflate it") }
      stream = inflater
    }
    self.file = file
    self.isCompressed = isCompressed
    self.stream = stream
    self.input = input
    inputEnd = count
    fileOffset = count
  }

  /// Reads bytes that are in memory as if they were the file `path`.
  package init(contents: [UInt8], path: String) throws(DataError) {
    isCompressed = contents.starts(with: [0x1F, 0x8B])
    stream = isCompressed ? InflateStream() : nil
    guard !isCompressed || stream != nil else { throw DataError(path: path, "no memory to inflate it") }
    file = InputFile(inMemory: path, size: contents.count)
    input = contents
    inputEnd = contents.count
    fileOffset = contents.count
  }

  /// The position on disk of the next byte to be read.
  package var diskOffset: Int { fileOffset - (inputEnd - inputStart) }

  /// Declares how long the contents are by their own header, and refuses a file that cannot hold that.
  ///
  /// - Parameters:
  ///   - length: all bytes from the first, header included.
  ///   - inFull: whether the reader means to read to the end. Where it does not, the CRC is never reached, and the length
  ///     in the gzip trailer (modulo 2^32) must agree instead.
  package func expect(length: Int, inFull: Bool) throws(DataError) {
    self.length = length
    if !isCompressed {
      guard file.size == length else {
        throw DataError(
          path: path, position: .byte(min(file.size, length)),
          "the header declares \(length) bytes in all and the file has \(file.size)", hint: Self.remedy)
      }
      return
    }
    let bound = file.size.multipliedReportingOverflow(by: Self.maximumExpansion)
    guard bound.overflow || length <= bound.partialValue else {
      throw DataError(
        path: path, position: .byte(0),
        "the header declares \(length) bytes, and a gzip file of \(file.size) bytes cannot hold more than "
          + "\(bound.partialValue)", hint: Self.remedy)
    }
    if !inFull, let trailer = try trailer() {
      let stated = trailer.reversed().reduce(0) { $0 << 8 | UInt32($1) }
      guard stated == UInt32(truncatingIfNeeded: length) else {
        throw DataError(
          path: path, position: .byte(file.size - 4),
          "the header declares \(length) bytes and the gzip trailer \(stated): the file is truncated, "
            + "has something appended or lies", hint: Self.remedy)
      }
    }
  }

  /// Fills `buffer`, or part of it where the contents end sooner; returns the number of bytes.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    var filled = 0
    while filled < buffer.count && !hasEnded {
      if inputStart == inputEnd {
        inputStart = 0
        inputEnd = file.isInMemory ? 0 : try Self.refill(&input, from: file)
        fileOffset += inputEnd
        if inputEnd == 0 {
          guard isCompressed else {
            hasEnded = true
            break
          }
          throw DataError(
            path: path, position: .byte(fileOffset), "the gzip stream breaks off: the file is truncated", hint: Self.remedy)
        }
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let produced = try stream.map { stream throws(DataError) in try inflate(stream, into: rest) } ?? copy(into: rest)
      filled += produced
      position += produced
      guard position <= Self.maximumLength else {
        throw DataError(path: path, position: .byte(diskOffset), "holds more than \(Self.maximumLength) bytes")
      }
    }
    return filled
  }

  /// Fills `buffer` entirely.
  ///
  /// - Parameter what: the thing being read, for the message where the contents end too early.
  package func readExactly(_ buffer: UnsafeMutableRawBufferPointer, _ what: String) throws(DataError) {
    let start = position
    let count = try read(into: buffer)
    guard count == buffer.count else {
      throw DataError(
        path: path, position: .byte(diskOffset),
        "ends after \(count) of the \(buffer.count) bytes of \(what) that start at \(place(start))", hint: Self.remedy)
    }
  }

  /// Reads `count` bytes.
  package func bytes(_ count: Int, _ what: String) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(DataError) in
      try readExactly(UnsafeMutableRawBufferPointer(buffer), what)
    }
    return bytes
  }

  /// Reads all remaining bytes.
  ///
  /// - Throws: `DataError` where that is more than `limit` bytes.
  package func rest(limit: Int) throws(DataError) -> [UInt8] {
    var rest: [UInt8] = []
    while true {
      let chunk = try bytes(upTo: 1 << 20)
      guard !chunk.isEmpty else { return rest }
      guard rest.count + chunk.count <= limit else {
        throw DataError(
          path: path, position: .byte(diskOffset), "holds more than the \(limit) bytes that are read",
          hint: "Keep fewer samples")
      }
      rest += chunk
    }
  }

  private func bytes(upTo count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let filled = try bytes.withUnsafeMutableBufferPointer { buffer throws(DataError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    return Array(bytes.prefix(filled))
  }

  /// Requires that the contents end here and, for a gzip file, that its CRC agrees.
  package func finish() throws(DataError) {
    var next: UInt8 = 0
    let extra = try withUnsafeMutableBytes(of: &next) { buffer throws(DataError) in try read(into: buffer) }
    if extra > 0 {
      throw DataError(
        path: path, position: .byte(diskOffset),
        "goes on past the \(length ?? position - 1) bytes that its header declares", hint: Self.remedy)
    }
  }

  /// The last 4 bytes, which hold the unpacked length of a gzip member.
  private func trailer() throws(DataError) -> [UInt8]? {
    file.isInMemory ? Array(input.suffix(4)) : try file.suffix(4)
  }

  private func inflate(_ stream: InflateStream, into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    let (consumed, produced, outcome) = input.withUnsafeBytes { bytes in
      stream.inflate(UnsafeRawBufferPointer(rebasing: bytes[inputStart..<inputEnd]), into: buffer)
    }
    inputStart += consumed
    switch outcome {
    case .proceeding where consumed > 0 || produced > 0: break
    case .proceeding:
      throw DataError(path: path, position: .byte(diskOffset), "the gzip stream is damaged (no progress)", hint: Self.remedy)
    case .ended:
      hasEnded = true
      guard diskOffset == file.size else {
        throw DataError(
          path: path, position: .byte(diskOffset),
          "\(file.size - diskOffset) bytes follow the end of the gzip stream; one gzip member is read",
          hint: "Unpack and pack it again: gzip -dc FILE | gzip > NEW")
      }
    case .damaged(let reason):
      throw DataError(
        path: path, position: .byte(diskOffset), "the gzip stream is damaged (\(reason))", hint: Self.remedy)
    }
    return produced
  }

  private func copy(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, inputEnd - inputStart)
    input.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[inputStart..<inputStart + count])) }
    inputStart += count
    return count
  }

  private func place(_ position: Int) -> String { isCompressed ? "inflated byte \(position)" : "byte \(position)" }

  private static func refill(_ input: inout [UInt8], from file: borrowing InputFile) throws(DataError) -> Int {
    // A typed error passes through this call, but not through `withUnsafeMutableBytes`.
    try input.withUnsafeMutableBufferPointer { buffer throws(DataError) in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private static let remedy = "Fetch or write the file again"
}
