/// Reads the records of a zip archive: its end, its directory and the headers of its members.
enum ZipDirectory {
  static let remedy = "Fetch or write the file again"

  /// Where the directory lies, and how many members it lists.
  struct Location {
    var offset: Int
    var size: Int
    var count: Int
  }

  private static let endSize = 22
  private static let entrySize = 46
  private static let localSize = 30
  private static let endSignature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
  private static let entrySignature: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
  private static let localSignature: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
  private static let maximumDirectorySize = 1 << 24

  /// Finds the end record: the last one whose comment reaches exactly to the end of the file.
  static func locate(in file: borrowing InputFile) throws(DataError) -> Location {
    let start = max(0, file.size - endSize - Int(UInt16.max))
    let tail = try file.bytes(start..<file.size)
    var index = tail.count - endSize
    func isEnd(_ index: Int) -> Bool {
      tail[index...].starts(with: endSignature) && index + endSize + tail.number(index + 20, 2) == tail.count
    }
    while index >= 0, !isEnd(index) { index -= 1 }
    guard index >= 0 else {
      let isZip = try file.bytes(0..<2) == Array("PK".utf8)
      throw DataError(
        path: file.path, position: .byte(isZip ? file.size : 0),
        isZip ? "has no end record: the archive is truncated" : "is not a zip archive", hint: remedy)
    }
    let (count, size, offset) = (tail.number(index + 10, 2), tail.number(index + 12, 4), tail.number(index + 16, 4))
    let end = start + index
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      throw DataError(
        path: file.path, position: .byte(end), "is a ZIP64 archive, which holds 4 GiB or more or 65,535 members",
        hint: "Save fewer samples")
    }
    guard tail.number(index + 4, 2) == 0, tail.number(index + 6, 2) == 0, tail.number(index + 8, 2) == count else {
      throw DataError(path: file.path, position: .byte(end + 4), "is one part of a split archive", hint: "Join its parts")
    }
    guard offset + size == end else {
      throw DataError(
        path: file.path, position: .byte(end + 12),
        "states a directory of \(size) bytes at byte \(offset), which does not end at its end record at byte \(end)",
        hint: remedy)
    }
    guard size <= maximumDirectorySize, count <= ZipArchive.maximumMembers, count * entrySize <= size else {
      throw DataError(
        path: file.path, position: .byte(end + 10),
        "states \(count) members in a directory of \(size) bytes; at most \(ZipArchive.maximumMembers) members in "
          + "\(maximumDirectorySize) bytes are read", hint: remedy)
    }
    return Location(offset: offset, size: size, count: count)
  }

  /// Reads the directory's entries; where their data lie is not known yet.
  static func members(in file: borrowing InputFile, _ location: Location) throws(DataError) -> [ZipArchive.Member] {
    let bytes = try file.bytes(location.offset..<location.offset + location.size)
    var members: [ZipArchive.Member] = []
    var names: Set<String> = []
    var index = 0
    for _ in 0..<location.count {
      let position = DataError.Position.byte(location.offset + index)
      guard index + entrySize <= bytes.count, bytes[index...].starts(with: entrySignature) else {
        throw DataError(path: file.path, position: position, "the archive's directory is damaged", hint: remedy)
      }
      let nameEnd = index + entrySize + bytes.number(index + 28, 2)
      let end = nameEnd + bytes.number(index + 30, 2) + bytes.number(index + 32, 2)
      guard end <= bytes.count else {
        throw DataError(path: file.path, position: position, "an entry runs past the archive's directory", hint: remedy)
      }
      guard let name = String(validating: bytes[index + entrySize..<nameEnd], as: UTF8.self), !name.isEmpty,
        !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
      else {
        throw DataError(path: file.path, position: position, "a member's name is not plain text in UTF-8", hint: remedy)
      }
      guard names.insert(name).inserted else {
        throw DataError(path: file.path, position: position, "holds two members called '\(name)'", hint: remedy)
      }
      let member = ZipArchive.Member(
        name: name, length: bytes.number(index + 24, 4), packedLength: bytes.number(index + 20, 4),
        isDeflated: bytes.number(index + 10, 2) == 8, checksum: UInt32(bytes.number(index + 16, 4)),
        headerOffset: bytes.number(index + 42, 4), dataOffset: 0)
      if let problem = problem(member, method: bytes.number(index + 10, 2), flags: bytes.number(index + 8, 2)) {
        throw DataError(
          path: file.path, position: position, "member '\(name.prefix(64))' \(problem.message)", hint: problem.hint)
      }
      members.append(member)
      index = end
    }
    guard index == bytes.count else {
      throw DataError(
        path: file.path, position: .byte(location.offset + index), "the archive's directory goes on past its last entry",
        hint: remedy)
    }
    return members
  }

  private static func problem(
    _ member: ZipArchive.Member, method: Int, flags: Int
  ) -> (message: String, hint: String)? {
    let unknown = 0xFFFF_FFFF
    if flags & 1 != 0 { return ("is encrypted", "Write it without a password") }
    if method != 0, method != 8 {
      return ("is packed by method \(method); stored (0) and deflated (8) members are read", remedy)
    }
    if member.length == unknown || member.packedLength == unknown || member.headerOffset == unknown {
      return ("is a ZIP64 member, of 4 GiB or more", "Save fewer samples")
    }
    if member.length > ZipArchive.maximumMemberLength {
      return ("unpacks to \(member.length) bytes; at most \(ZipArchive.maximumMemberLength) are read", "Save fewer samples")
    }
    if !member.isDeflated, member.length != member.packedLength {
      return ("is stored, yet states \(member.packedLength) bytes packed and \(member.length) unpacked", remedy)
    }
    // Both are below 2^32: no overflow.
    if member.isDeflated, member.length > member.packedLength * GzipReader.maximumExpansion {
      return (
        "states \(member.length) bytes unpacked, more than \(member.packedLength) bytes of deflate can hold", remedy
      )
    }
    return nil
  }

  /// Finds the start of the member's packed bytes from its local header, which has to agree with the directory's entry.
  ///
  /// Sizes and CRC may follow the data instead (bit 3 of the flags), so only the name is compared.
  static func dataOffset(of member: ZipArchive.Member, in file: borrowing InputFile) throws(DataError) -> Int {
    let header = try file.bytes(member.headerOffset..<member.headerOffset + localSize)
    guard header.count == localSize, header.starts(with: localSignature) else {
      throw DataError(
        path: file.path, position: .byte(member.headerOffset), "has no header of member '\(member.name)' here", hint: remedy)
    }
    let nameEnd = member.headerOffset + localSize + header.number(26, 2)
    let name = try file.bytes(member.headerOffset + localSize..<nameEnd)
    guard name == Array(member.name.utf8), header.number(8, 2) == (member.isDeflated ? 8 : 0) else {
      throw DataError(
        path: file.path, position: .byte(member.headerOffset),
        "the header of member '\(member.name)' disagrees with the archive's directory", hint: remedy)
    }
    return nameEnd + header.number(28, 2)
  }
}

extension [UInt8] {
  /// The little-endian number of `size` bytes, at most 4, at `offset`.
  fileprivate func number(_ offset: Int, _ size: Int) -> Int {
    self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
