import DataSets

/// Reads members of a zip archive by blocks, unpacking those that are deflated, and checks length and CRC-32.
enum MemberReader {
  private static let remedy = "Fetch or write the file again"

  /// The first bytes of a member, fewer where it is shorter.
  static func beginning(of member: ZipArchive.Member, _ file: FileBytes, count: Int) throws(DataError) -> [UInt8] {
    let count = min(count, member.length)
    // Deflate never needs more than its input's size and a few bytes per block of 64 kB for what it does not shrink.
    let packed = try file.bytes(member.dataOffset..<member.dataOffset + min(member.packedLength, count + 4096))
    guard member.isDeflated else { return Array(packed.prefix(count)) }
    guard let stream = InflateStream(.none) else { throw DataError(path: file.path, "no memory to inflate it") }
    var bytes = [UInt8](repeating: 0, count: count)
    var (taken, made) = (0, 0)
    while made < count {
      let (consumed, produced, outcome) = packed.withUnsafeBytes { packed in
        bytes.withUnsafeMutableBytes { bytes in
          stream.inflate(
            UnsafeRawBufferPointer(rebasing: packed[taken...]), into: UnsafeMutableRawBufferPointer(rebasing: bytes[made...])
          )
        }
      }
      (taken, made) = (taken + consumed, made + produced)
      if case .damaged(let reason) = outcome {
        throw DataError(
          path: file.path, position: .byte(member.dataOffset + taken), "member '\(member.name)' is damaged (\(reason))",
          hint: remedy)
      }
      if outcome == .ended || consumed == 0 && produced == 0 { break }
    }
    return Array(bytes.prefix(made))
  }

  /// Calls `body` with what follows the first `skipped` bytes, in blocks of a multiple of `unit` bytes, which it may change.
  static func read(
    _ member: ZipArchive.Member, _ file: FileBytes, name: String, skipping skipped: Int, unit: Int,
    into memory: BlockMemory, _ body: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    let source = try MemberStream(member, file, name: name)
    var checksum = InflateStream.Checksum()
    var head = [UInt8](repeating: 0, count: skipped)
    try head.withUnsafeMutableBytes { head in
      try source.fill(head)
      checksum.add(UnsafeRawBufferPointer(head))
    }
    let step = memory.capacity / unit * unit
    var left = member.length - skipped
    while left > 0 {
      let block = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<min(step, left)])
      try source.fill(block)
      checksum.add(UnsafeRawBufferPointer(block))
      try body(block)
      left -= block.count
    }
    try source.finish()
    guard checksum.value == member.checksum else {
      throw DataError(
        path: name, position: .byte(member.dataOffset), "is damaged: its CRC-32 is not the one stated", hint: remedy)
    }
  }
}

/// The bytes of one member, from front to back.
private final class MemberStream {
  private let member: ZipArchive.Member
  private let file: FileBytes
  private let name: String
  private let stream: InflateStream?
  /// Packed bytes that were read and not yet unpacked.
  private var packed: [UInt8] = []
  private var start = 0
  /// How much of the member's packed bytes was read.
  private var taken = 0
  private var hasEnded = false

  init(_ member: ZipArchive.Member, _ file: FileBytes, name: String) throws(DataError) {
    (self.member, self.file, self.name) = (member, file, name)
    stream = member.isDeflated ? InflateStream(.none) : nil
    if member.isDeflated, stream == nil { throw DataError(path: name, "no memory to inflate it") }
  }

  /// Fills `buffer` entirely.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DataError) {
    guard let stream else {
      guard buffer.count <= member.packedLength - taken else { throw damaged("breaks off") }
      try file.read(into: buffer, at: member.dataOffset + taken)
      taken += buffer.count
      return
    }
    var filled = 0
    while filled < buffer.count {
      guard !hasEnded else { throw damaged("unpacks to less than the \(member.length) bytes stated") }
      filled += try inflate(stream, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
    }
  }

  private func inflate(_ stream: InflateStream, into buffer: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    if start == packed.count, taken < member.packedLength {
      let count = min(1 << 18, member.packedLength - taken)
      packed = try file.bytes(member.dataOffset + taken..<member.dataOffset + taken + count)
      (start, taken) = (0, taken + count)
    }
    let (consumed, produced, outcome) = packed.withUnsafeBytes {
      stream.inflate(UnsafeRawBufferPointer(rebasing: $0[start...]), into: buffer)
    }
    start += consumed
    switch outcome {
    case .ended: hasEnded = true
    case .proceeding where consumed > 0 || produced > 0: break
    case .proceeding: throw damaged("breaks off within its deflate stream")
    case .damaged(let reason): throw damaged("is damaged (\(reason))")
    }
    return produced
  }

  /// Requires that the stream ends where the member does.
  func finish() throws(DataError) {
    guard let stream else { return }
    if !hasEnded {
      var rest: UInt8 = 0
      let extra = try withUnsafeMutableBytes(of: &rest) { buffer throws(DataError) in try inflate(stream, into: buffer) }
      guard extra == 0 else { throw damaged("unpacks to more than the \(member.length) bytes stated") }
    }
    guard hasEnded, start == packed.count, taken == member.packedLength else {
      throw damaged("does not end where the archive says")
    }
  }

  private func damaged(_ message: String) -> DataError {
    DataError(
      path: name, position: .byte(member.dataOffset + taken - packed.count + start), message,
      hint: "Fetch or write the file again")
  }
}
