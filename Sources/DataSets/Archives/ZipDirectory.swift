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
  private static let largeEndSize = 56
  private static let largeLocatorSize = 20
  private static let largeEndSignature: [UInt8] = [0x50, 0x4B, 0x06, 0x06]
  private static let largeLocatorSignature: [UInt8] = [0x50, 0x4B, 0x06, 0x07]

  /// Finds the end record: the last one whose comment reaches exactly to the end of the file.
  static func locate(in file: borrowing InputFile, _ limits: ZipArchive.Limits) throws(DataError) -> Location {
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
    var (count, size, offset) = (tail.number(index + 10, 2), tail.number(index + 12, 4), tail.number(index + 16, 4))
    var end = start + index
    if limits.readsZIP64, let large = try largeEnd(in: file, before: end) {
      (count, size, offset, end) = (large.count, large.size, large.offset, large.start)
    } else if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      throw DataError(
        path: file.path, position: .byte(end), "is a ZIP64 archive, which holds 4 GiB or more or 65,535 members",
        hint: "Save fewer samples")
    }
    guard tail.number(index + 4, 2) == 0, tail.number(index + 6, 2) == 0,
      tail.number(index + 8, 2) == tail.number(index + 10, 2)
    else {
      throw DataError(path: file.path, position: .byte(end + 4), "is one part of a split archive", hint: "Join its parts")
    }
    guard size <= end, offset == end - size else {
      throw DataError(
        path: file.path, position: .byte(end + 12),
        "states a directory of \(size) bytes at byte \(offset), which does not end at its end record at byte \(end)",
        hint: remedy)
    }
    guard size <= limits.directorySize, count <= limits.members, count * entrySize <= size else {
      throw DataError(
        path: file.path, position: .byte(end + 10),
        "states \(count) members in a directory of \(size) bytes; at most \(limits.members) members in "
          + "\(limits.directorySize) bytes are read", hint: remedy)
    }
    return Location(offset: offset, size: size, count: count)
  }

  /// The end record of an archive of 4 GiB or more (APPNOTE 4.3.14 and 4.3.15), which stands before the usual one; nil where
  /// there is none.
  private static func largeEnd(
    in file: borrowing InputFile, before end: Int
  ) throws(DataError) -> (count: Int, size: Int, offset: Int, start: Int)? {
    guard end >= largeEndSize + largeLocatorSize else { return nil }
    let start = end - largeLocatorSize - largeEndSize
    let bytes = try file.bytes(start..<end)
    guard bytes.count == largeEndSize + largeLocatorSize, bytes[largeEndSize...].starts(with: largeLocatorSignature) else {
      return nil
    }
    guard bytes.starts(with: largeEndSignature), bytes.large(largeEndSize + 8) == start, bytes.large(4) == 44,
      bytes.number(16, 4) == 0, bytes.number(20, 4) == 0, let count = bytes.large(32), bytes.large(24) == count,
      let size = bytes.large(40), let offset = bytes.large(48)
    else {
      throw DataError(
        path: file.path, position: .byte(start), "the archive's ZIP64 end record is damaged, or not where it is said to be",
        hint: remedy)
    }
    return (count, size, offset, start)
  }

  /// Reads the directory's entries; where their data lie is not known yet.
  static func members(
    in file: borrowing InputFile, _ location: Location, _ limits: ZipArchive.Limits
  ) throws(DataError) -> [ZipArchive.Member] {
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
      var member = ZipArchive.Member(
        name: name, length: bytes.number(index + 24, 4), packedLength: bytes.number(index + 20, 4),
        isDeflated: bytes.number(index + 10, 2) == 8, checksum: UInt32(bytes.number(index + 16, 4)),
        headerOffset: bytes.number(index + 42, 4), dataOffset: 0)
      if limits.readsZIP64 { widen(&member, by: bytes[nameEnd..<nameEnd + bytes.number(index + 30, 2)]) }
      if let problem = problem(member, limits, method: bytes.number(index + 10, 2), flags: bytes.number(index + 8, 2)) {
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

  /// Takes the sizes that do not fit 32 bits from the entry's extra field 1 (APPNOTE 4.5.3). A member whose field is missing
  /// keeps the mark of an unknown size, and is refused.
  private static func widen(_ member: inout ZipArchive.Member, by extra: ArraySlice<UInt8>) {
    let extra = Array(extra)
    var place = 0
    while place + 4 <= extra.count {
      let (kind, size) = (extra.number(place, 2), extra.number(place + 2, 2))
      guard kind == 1 else {
        place += 4 + size
        continue
      }
      var next = place + 4
      let end = min(next + size, extra.count)
      for path in [\ZipArchive.Member.length, \.packedLength, \.headerOffset] where member[keyPath: path] == 0xFFFF_FFFF {
        guard next + 8 <= end, let value = extra.large(next) else { return }
        member[keyPath: path] = value
        next += 8
      }
      return
    }
  }

  private static func problem(
    _ member: ZipArchive.Member, _ limits: ZipArchive.Limits, method: Int, flags: Int
  ) -> (message: String, hint: String)? {
    let unknown = 0xFFFF_FFFF
    if flags & 1 != 0 { return ("is encrypted", "Write it without a password") }
    if method != 0, method != 8 {
      return ("is packed by method \(method); stored (0) and deflated (8) members are read", remedy)
    }
    if member.length == unknown || member.packedLength == unknown || member.headerOffset == unknown {
      return ("is a ZIP64 member, of 4 GiB or more", "Save fewer samples")
    }
    // So far away that sums with them could overflow.
    if max(member.packedLength, member.headerOffset) > 1 << 46 { return ("lies beyond the end of any archive", remedy) }
    if member.length > limits.memberLength {
      return ("unpacks to \(member.length) bytes; at most \(limits.memberLength) are read", "Save fewer samples")
    }
    if !member.isDeflated, member.length != member.packedLength {
      return ("is stored, yet states \(member.packedLength) bytes packed and \(member.length) unpacked", remedy)
    }
    // Both are at most 2^46: no overflow.
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
  /// The little-endian number of 8 bytes at `offset`; nil where it does not fit an Int.
  fileprivate func large(_ offset: Int) -> Int? {
    let high = number(offset + 4, 4)
    return high < 1 << 31 ? high << 32 | number(offset, 4) : nil
  }

  /// The little-endian number of `size` bytes, at most 4, at `offset`.
  fileprivate func number(_ offset: Int, _ size: Int) -> Int {
    self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
