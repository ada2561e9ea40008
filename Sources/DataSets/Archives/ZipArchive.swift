/// Reads the members of a zip archive by its central directory (PKWARE APPNOTE 6.3, sections 4.3 and 4.4).
///
/// The reader is written for files from strangers. It understands what NumPy and PyTorch write and little more: one disk,
/// members that are stored or deflated, and sizes of 4 GiB and more (ZIP64) for those who ask for them. Before a member is
/// read, the whole directory is checked against the file: it must end where its end record starts, every member must lie
/// before it, in a place of its own (overlapping members are how small archives unpack to petabytes), under a name of its
/// own, and may not claim to grow by more than deflate can.
///
/// libzip would read more (ZIP64, encryption, bzip2, LZMA, zstd), through four more libraries that a hostile file could then
/// choose from, and reports no offsets; zlib does the decoding here.
package struct ZipArchive: Sendable {
  /// The largest size to which one member of a data set may unpack.
  package static let maximumMemberLength = 1 << 30
  /// The largest number of members of a data set.
  package static let maximumMembers = 4096

  /// How much an archive may hold.
  package struct Limits: Sendable {
    package var memberLength: Int
    package var members: Int
    package var directorySize: Int
    /// Whether sizes of 4 GiB and more are read.
    package var readsZIP64: Bool

    /// What is read into memory as a whole.
    package static let dataSet = Limits(
      memberLength: maximumMemberLength, members: maximumMembers, directorySize: 1 << 24, readsZIP64: false)
    /// What is read by blocks: a checkpoint has a member for each tensor.
    package static let checkpoint = Limits(
      memberLength: 1 << 46, members: 1 << 20, directorySize: 1 << 27, readsZIP64: true)
  }

  package let path: String
  /// The members in the order of the directory.
  package let members: [Member]

  /// One file within the archive.
  package struct Member: Sendable, Equatable {
    package var name: String
    /// Size in bytes after unpacking.
    package var length: Int
    /// Size in bytes within the archive.
    package var packedLength: Int
    package var isDeflated: Bool
    package var checksum: UInt32
    /// Where its local header starts.
    package var headerOffset: Int
    /// Where its packed bytes start.
    package var dataOffset: Int
  }

  /// Reads the directory of the archive at `path` and checks it against the file.
  ///
  /// - Throws: `DataError` naming the byte and the remedy.
  package init(path: String, limits: Limits = .dataSet) throws(DataError) {
    let file = try InputFile(path: path)
    let directory = try ZipDirectory.locate(in: file, limits)
    var members = try ZipDirectory.members(in: file, directory, limits)
    // The members' data must lie one behind another. Each member's own header says where its data start.
    let order = members.indices.sorted { members[$0].headerOffset < members[$1].headerOffset }
    var end = 0
    for index in order {
      guard members[index].headerOffset >= end else {
        throw DataError(
          path: path, position: .byte(members[index].headerOffset),
          "member '\(members[index].name)' overlaps another", hint: ZipDirectory.remedy)
      }
      members[index].dataOffset = try ZipDirectory.dataOffset(of: members[index], in: file)
      end = members[index].dataOffset + members[index].packedLength
      // Both are at most 2^46 beyond a place within the file: no overflow.
      guard end <= directory.offset else {
        throw DataError(
          path: path, position: .byte(members[index].headerOffset),
          "member '\(members[index].name)' runs into the archive's directory: the file is truncated or lies",
          hint: ZipDirectory.remedy)
      }
    }
    self.path = path
    self.members = members
  }

  /// How messages call a member: `set.npz(x_train.npy)`.
  package func path(of member: Member) -> String { "\(path)(\(member.name))" }

  /// Unpacks one member and checks its length and CRC-32.
  package func contents(of member: Member) throws(DataError) -> [UInt8] {
    let file = try InputFile(path: path)
    let packed = try file.bytes(member.dataOffset..<member.dataOffset + member.packedLength)
    guard packed.count == member.packedLength else {
      throw damaged(member, at: member.dataOffset + packed.count, "breaks off: the file is truncated")
    }
    let contents = member.isDeflated ? try inflate(packed, member) : packed
    guard InflateStream.checksum(contents) == member.checksum else {
      throw damaged(member, at: member.dataOffset, "is damaged: its CRC-32 is not the one stated")
    }
    return contents
  }

  private func inflate(_ packed: [UInt8], _ member: Member) throws(DataError) -> [UInt8] {
    guard let stream = InflateStream(.none) else { throw DataError(path: path, "no memory to inflate it") }
    // One byte more than stated, so that a member that unpacks to more is found out without unpacking it.
    var contents = [UInt8](repeating: 0, count: member.length + 1)
    var (read, written) = (0, 0)
    while true {
      let (consumed, produced, outcome) = packed.withUnsafeBytes { packed in
        contents.withUnsafeMutableBytes { contents in
          stream.inflate(
            UnsafeRawBufferPointer(rebasing: packed[read...]),
            into: UnsafeMutableRawBufferPointer(rebasing: contents[written...]))
        }
      }
      read += consumed
      written += produced
      if written > member.length {
        throw damaged(member, at: member.dataOffset + read, "unpacks to more than the \(member.length) bytes stated")
      }
      switch outcome {
      case .proceeding where consumed > 0 || produced > 0: continue
      case .proceeding: throw damaged(member, at: member.dataOffset + read, "breaks off within its deflate stream")
      case .damaged(let reason): throw damaged(member, at: member.dataOffset + read, "is damaged (\(reason))")
      case .ended:
        guard written == member.length, read == packed.count else {
          throw damaged(
            member, at: member.dataOffset + read,
            "unpacks to \(written) bytes from \(read), where \(member.length) from \(packed.count) are stated")
        }
        contents.removeLast()
        return contents
      }
    }
  }

  private func damaged(_ member: Member, at offset: Int, _ message: String) -> DataError {
    DataError(path: path, position: .byte(offset), "member '\(member.name)' \(message)", hint: ZipDirectory.remedy)
  }
}
