import DataSets
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  private func refusal(_ bytes: [UInt8]) throws -> DataError? {
    let path = try directory.write(bytes, as: "a.zip")
    let error = failure { () throws(DataError) in
      let archive = try ZipArchive(path: path)
      for member in archive.members { _ = try archive.contents(of: member) }
    }
    #expect(error?.path == path)
    #expect(error?.position != nil)
    #expect(error?.hint != nil)
    return error
  }

  @Test(arguments: [false, true])
  func membersAreUnpacked(isDeflated: Bool) throws {
    let files = [
      ("one", Array("first".utf8)), ("folder/two", noise(100_000)), ("empty", []),
      ("zeros", [UInt8](repeating: 0, count: 1 << 20)),
    ]
    let entries = try files.map { try ZipEntry($0.0, $0.1, isDeflated: isDeflated) }
    // A comment may hold what looks like an end record.
    let path = try directory.write(zip(entries, comment: Array("PK\u{5}\u{6}".utf8) + noise(40)), as: "a.zip")
    let archive = try ZipArchive(path: path)
    #expect(archive.members.map(\.name) == files.map(\.0))
    for (member, file) in zip(archive.members, files) { expectEqual(try archive.contents(of: member), file.1) }
  }

  @Test func anEmptyArchiveIsEmpty() throws {
    #expect(try ZipArchive(path: directory.write(zip([]), as: "a.zip")).members.isEmpty)
  }

  /// Every cut of an archive is refused: the directory stands at its end.
  @Test func truncationIsRefused() throws {
    let whole = zip([try ZipEntry("x.npy", Array("hello, hello, hello".utf8))])
    for length in 0..<whole.count {
      let path = try directory.write(Array(whole.prefix(length)), as: "a.zip")
      let error = failure { () throws(DataError) in try ZipArchive(path: path) }
      #expect(error?.message.contains(length < 2 ? "not a zip archive" : "truncated") == true, "\(length)")
    }
  }

  @Test func whatIsNoArchiveIsRefused() throws {
    #expect(try refusal(Array("text, and more of it than an end record has".utf8))?.message == "is not a zip archive")
    #expect(try refusal([])?.message == "is not a zip archive")
  }

  static let lies: [(String, @Sendable (inout ZipEntry) -> Void)] = [
    ("unpacks to more than the 10 bytes stated", { $0.length = 10 }),
    ("unpacks to 5000 bytes from", { $0.length = 5001 }),
    ("more than", { $0.length = 0x3FFF_FFFF }),
    ("at most 1073741824 are read", { $0.length = 0xFFFF_FFFE }),
    ("is a ZIP64 member", { $0.length = .max }),
    ("runs into the archive's directory", { $0.packedLength = 0xFFFF_FFFE }),
    ("runs into the archive's directory", { $0.packedLength += 1 }),
    ("breaks off within its deflate stream", { $0.packedLength -= 2 }),
    ("its CRC-32 is not the one stated", { $0.checksum ^= 1 }),
    ("is damaged (", { $0.packed[0] = 0xFF }),
    ("is encrypted", { $0.flags = 1 }),
    ("is packed by method 12;", { $0.method = 12 }),
    ("is stored, yet states", { $0.method = 0 }),
    ("has no header of member", { $0.claimedOffset = 4 }),
    ("has no header of member", { $0.claimedOffset = 0x7FFF_FFFF }),
    ("disagrees with the archive's directory", { $0.localName = "y.npy" }),
    ("name is not plain text", { $0.name = "a\u{1B}[2J" }),
    ("name is not plain text", { $0.name = "" }),
  ]

  @Test(arguments: lies.indices)
  func headersThatLieAreRefused(index: Int) throws {
    let (message, lie) = Self.lies[index]
    // Compressible, but not much: 5000 bytes of 16 values.
    var entry = try ZipEntry("x.npy", noise(5000).map { $0 & 15 })
    lie(&entry)
    let error = try refusal(zip([entry]))
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  /// Zeros deflate by nearly the factor 1032 that is the format's limit: honest, and still refused beyond it.
  @Test func bombsAreRefusedBeforeTheyAreUnpacked() throws {
    var bomb = try ZipEntry("x.npy", [UInt8](repeating: 0, count: 1 << 20))
    #expect(bomb.packedLength < 1100)
    bomb.length = 1 << 30
    #expect(try refusal(zip([bomb]))?.message.contains("more than \(bomb.packedLength) bytes of deflate can hold") == true)
  }

  /// Fifield 2019, "A better zip bomb": many entries, one body.
  @Test func overlappingMembersAreRefused() throws {
    var first = try ZipEntry("a", noise(1000), isDeflated: false)
    var second = first
    second.name = "b"
    second.claimedOffset = 0
    #expect(try refusal(zip([first, second]))?.message == "member 'b' overlaps another")
    // The second lies within the first's data.
    let inner = try ZipEntry("b", noise(10), isDeflated: false)
    first = try ZipEntry("a", inner.local() + noise(100), isDeflated: false)
    second = inner
    second.claimedOffset = 31
    #expect(try refusal(zip([first, second]))?.message == "member 'b' overlaps another")
  }

  @Test func twoMembersOfOneNameAreRefused() throws {
    let entry = try ZipEntry("x.npy", [1, 2, 3])
    #expect(try refusal(zip([entry, entry]))?.message == "holds two members called 'x.npy'")
  }

  @Test func endRecordsThatLieAreRefused() throws {
    let entry = try ZipEntry("x.npy", [1, 2, 3])
    #expect(try refusal(zip([entry], count: 0xFFFF))?.message.contains("ZIP64") == true)
    #expect(try refusal(zip([entry], size: .max))?.message.contains("ZIP64") == true)
    #expect(try refusal(zip([entry], offset: 0))?.message.contains("does not end at its end record") == true)
    #expect(try refusal(zip([entry], size: 0xFFFF_FFFE, offset: 0xFFFF_FFFE))?.message.contains("does not end") == true)
    #expect(try refusal(zip([entry], count: 2))?.message.contains("states 2 members in a directory of 51 bytes") == true)
    #expect(try refusal(zip([entry], count: 0))?.message.contains("goes on past its last entry") == true)
  }
}
