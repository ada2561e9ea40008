import DataSets
import Foundation
import Testing

/// Every file under Fixtures/hostile is refused with a message that names the file, the place and the reason.
@Suite struct HostileFixtureTests {
  static let images = [
    "truncated-idx3-ubyte.gz": "the gzip stream breaks off",
    "crc-idx3-ubyte.gz": "incorrect data check",
    "trailing-idx3-ubyte.gz": "8 bytes follow the end of the gzip stream",
    "two-members-idx3-ubyte.gz": "one gzip member is read",
    "overflowing-idx3-ubyte": "more than any file holds",
    "lying-idx3-ubyte": "the header declares 4611686018427387920 bytes in all and the file has 80",
    "lying-idx3-ubyte.gz": "the header declares 4611686018427387920 bytes, and a gzip file of",
    "bomb-idx3-ubyte.gz": "goes on past the 800 bytes that its header declares",
    "magic-idx3-ubyte": "it starts with 0x89 0x50 0x4E 0x47",
    "float-idx3-ubyte": "holds 32-bit floats",
    "rank-255-idx3-ubyte": "has 255 dimensions where images have 3",
    "too-long-idx3-ubyte": "the header declares 136 bytes in all and the file has 137",
    "no-images-idx3-ubyte": "declares 0 x 28 x 28 images",
  ]

  static let tables = [
    "huge-header.npy": "declares a header of 4294967295 bytes",
    "objects.npy": "Python objects, which could run code",
    "records.npy": "records of several fields",
    "overflowing.npy": "the shape (4294967296, 4294967296), more than",
    "lying.npy": "the header declares 80000077 bytes in all and the file has 141",
    "nested.npy": "a string expected",
    "nan.npy": "element [1, 1]: is nan as a 32-bit float",
    "ragged.csv": "line 3: has 2 columns where line 1 has 3",
    "nan.csv": "line 3, column 2: 'width' is nan as a 32-bit float",
    "open-quote.csv": "line 3: opens a quote that never closes",
    "semicolons.csv": "Separate the columns by commas",
    "binary.csv": "line",
  ]

  @Test(arguments: images.keys.sorted())
  func imagesAreRefused(name: String) throws {
    let path = Fixtures.hostile(name)
    let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images") }
    try check(error, path, #require(Self.images[name]))
  }

  /// Partial readings skip the CRC, but no length goes unchecked: only wrong pixels can pass.
  @Test(arguments: images.keys.sorted().filter { $0 != "crc-idx3-ubyte.gz" && $0 != "no-images-idx3-ubyte" })
  func imagesAreRefusedInPartToo(name: String) throws {
    let path = Fixtures.hostile(name)
    let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images", limit: 2) }
    #expect(error?.path == path)
  }

  @Test(arguments: tables.keys.sorted())
  func tablesAreRefused(name: String) throws {
    let path = Fixtures.hostile(name)
    let error = failure { () throws(DataError) in try DataSource(parsing: path).load() }
    try check(error, path, #require(Self.tables[name]))
  }

  @Test func everyFixtureIsTested() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.hostile(""))
    #expect(Set(files.filter { !$0.hasSuffix(".py") }) == Set(Self.images.keys).union(Self.tables.keys))
  }

  private func check(_ error: DataError?, _ path: String, _ message: String) throws {
    let error = try #require(error)
    #expect(error.path == path)
    #expect(error.description.contains(message), "\(error)")
    #expect(error.hint != nil, "\(error)")
  }
}
