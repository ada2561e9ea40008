import DataSets
import Glibc
import Testing

@Suite struct IDXReaderTests {
  let directory: TemporaryDirectory
  let pixels = noise(7 * 3 * 2)
  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: [false, true])
  func readsAllItemsOrTheFirst(compressed: Bool) throws {
    let file = idx([7, 3, 2], pixels)
    let path = try directory.write(compressed ? gzip(file) : file, as: "images")
    let all = try IDXReader.read(path: path, rank: 3, what: "images")
    #expect(all.dimensions == [7, 3, 2])
    #expect(all.bytes == pixels)
    #expect(all.heldCount == 7)
    let first = try IDXReader.read(path: path, rank: 3, what: "images", limit: 2)
    #expect(first.dimensions == [7, 3, 2])
    #expect(first.bytes == Array(pixels.prefix(12)))
    #expect(first.heldCount == 2)
    #expect(try IDXReader.read(path: path, rank: 3, what: "images", limit: 8).bytes == pixels)
  }

  /// One byte too many or too few, plain or packed, read in full or in part: the header is never believed.
  @Test(arguments: [false, true], [1, -1])
  func aPayloadOfAnotherLengthIsRefused(compressed: Bool, excess: Int) throws {
    let payload = excess > 0 ? pixels + [0] : Array(pixels.dropLast())
    let file = idx([7, 3, 2], payload)
    let path = try directory.write(compressed ? gzip(file) : file, as: "images")
    for limit in [nil, 2] {
      let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images", limit: limit) }
      #expect(error?.path == path)
      #expect(error?.position != nil)
      #expect(error?.hint == "Fetch or write the file again")
    }
  }

  @Test func otherElementTypesAreNamed() throws {
    for (code, name) in [(0x09, "signed bytes"), (0x0C, "32-bit integers"), (0x0E, "64-bit floats"), (0x07, "code 0x07")] {
      let path = try directory.write(idx([7, 3, 2], pixels, type: UInt8(code)), as: "images")
      let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images") }
      #expect(error?.message.contains(name) == true)
      #expect(error?.position == .byte(2))
    }
  }

  @Test func labelsGivenAsImagesAreTold() throws {
    let path = try directory.write(idx([42], pixels), as: "labels")
    let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images") }
    #expect(error?.message == "has 1 dimensions where images have 3 (count, height, width)")
  }

  @Test func aHeaderThatBreaksOffIsRefused() throws {
    let file = idx([7, 3, 2], [])
    for length in 0..<file.count {
      let path = try directory.write(Array(file.prefix(length)), as: "images")
      let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images") }
      #expect(error?.message.contains("ends after") == true)
    }
  }

  /// A file with holes has any size at no cost, so that the limit on what is kept is met by an honest header.
  @Test func anHonestFileBeyondTheLimitIsRefusedBeforeItIsRead() throws {
    let path = try directory.write(idx([1 << 20, 32, 64], []), as: "sparse")
    try #require(truncate(path, 16 + 1 << 31) == 0)
    let error = failure { () throws(DataError) in try IDXReader.read(path: path, rank: 3, what: "images") }
    #expect(error?.message.contains("at most \(IDXReader.maximumBytes) are kept") == true)
    #expect(
      try IDXReader.read(path: path, rank: 3, what: "images", limit: 3).bytes == [UInt8](repeating: 0, count: 3 * 2048))
  }
}
