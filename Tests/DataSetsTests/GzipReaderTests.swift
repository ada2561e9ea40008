import DataSets
import Foundation
import TestSupport
import Testing

@Suite struct GzipReaderTests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  /// 200,000 bytes take several refills of the 64 KiB input and several calls of the inflater.
  @Test(arguments: [false, true])
  func deliversTheContentsInPieces(compressed: Bool) throws {
    let contents = noise(200_000)
    let path = try directory.write(compressed ? gzip(contents) : contents, as: "contents")
    let reader = try GzipReader(path: path)
    #expect(reader.isCompressed == compressed)
    try reader.expect(length: contents.count, inFull: true)
    var got: [UInt8] = []
    for size in [1, 7, 65_536, 100_000, 34_456] { got += try reader.bytes(size, "a piece") }
    try reader.finish()
    expectEqual(got, contents)
    #expect(reader.position == contents.count)
  }

  @Test func inflatesZeroesAtDeflatesGreatestRatio() throws {
    // 1032 to 1 is the most that deflate does: a bound any tighter would refuse this legal file.
    let path = try directory.write(gzip([UInt8](repeating: 0, count: 1 << 22), level: 9), as: "zeroes.gz")
    let reader = try GzipReader(path: path)
    try reader.expect(length: 1 << 22, inFull: true)
    #expect(try reader.bytes(1 << 22, "zeroes").allSatisfy { $0 == 0 })
    try reader.finish()
  }

  @Test func refusesALengthBeyondDeflatesRatioBeforeReading() throws {
    let packed = try gzip([1, 2, 3])
    let reader = try GzipReader(path: directory.write(packed, as: "small.gz"))
    let error = failure { () throws(DataError) in try reader.expect(length: packed.count * 1032 + 1, inFull: true) }
    #expect(error?.message.contains("cannot hold more than \(packed.count * 1032)") == true)
    try reader.expect(length: packed.count * 1032, inFull: true)
  }

  @Test func everyTruncationIsRefused() throws {
    let contents = noise(300)
    let packed = try gzip(contents)
    for length in 2..<packed.count {
      let path = try directory.write(Array(packed.prefix(length)), as: "truncated.gz")
      let error = failure { () throws(DataError) in
        let reader = try GzipReader(path: path)
        _ = try reader.bytes(contents.count, "contents")
        try reader.finish()
      }
      #expect(error?.position == .byte(length))
      #expect(error?.message.contains("breaks off") == true)
    }
  }

  @Test func everyDamagedTrailerByteIsRefused() throws {
    let contents = noise(300)
    let packed = try gzip(contents)
    for offset in packed.count - 8..<packed.count {
      var damaged = packed
      damaged[offset] ^= 0x10
      let path = try directory.write(damaged, as: "damaged.gz")
      let error = failure { () throws(DataError) in
        let reader = try GzipReader(path: path)
        _ = try reader.bytes(contents.count, "contents")
        try reader.finish()
      }
      #expect(error?.message.contains(offset < packed.count - 4 ? "incorrect data check" : "incorrect length check") == true)
    }
  }

  /// A partial reading never meets the CRC, so the trailer's length stands in for it.
  @Test func aPartialReadingHoldsTheLengthAgainstTheTrailer() throws {
    let packed = try gzip(noise(1000))
    for (file, refused) in [(packed, false), (Array(packed.dropLast()), true), (packed + [0], true)] {
      let reader = try GzipReader(path: directory.write(file, as: "part.gz"))
      if refused {
        let error = failure { () throws(DataError) in try reader.expect(length: 1000, inFull: false) }
        #expect(error?.message.contains("the gzip trailer") == true)
        #expect(error?.position == .byte(file.count - 4))
      } else {
        try reader.expect(length: 1000, inFull: false)
      }
    }
  }

  /// Opening a pipe that nobody writes to waits for ever unless told not to: this test then never ends.
  @Test func whatIsNoRegularFileIsRefusedAtOnce() throws {
    let pipe = directory.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(failure { () throws(DataError) in try GzipReader(path: pipe) }?.message == "is not a regular file")
    #expect(failure { () throws(DataError) in try GzipReader(path: directory.path) }?.message == "is not a regular file")
    let missing = failure { () throws(DataError) in try GzipReader(path: directory.path + "/missing") }
    #expect(
      missing?.description.hasSuffix(
        "/missing: cannot be opened: No such file or directory. "
          + "Check the path; it is relative to the directory the command runs in") == true)
    #expect(failure { () throws(DataError) in try GzipReader(path: "") }?.path == "(empty path)")
    #expect(failure { () throws(DataError) in try GzipReader(path: "/etc/hostname\0.csv") }?.message == "is not a file name")
  }
}
