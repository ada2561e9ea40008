import HDF5Files
import Testing

/// The parent's side of the exchange with the process that parses HDF5, fed with what such a process may send after a
/// hostile file took it over.
@Suite struct HDF5FramesTests {
  private static let mark = Array("INITSCOPE-HDF5-1\n".utf8)

  private static func number(_ value: UInt64, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  private static func array(_ name: String, _ shape: [UInt64], values: Int) -> [UInt8] {
    [UInt8(ascii: "A")] + number(UInt64(name.utf8.count), 2) + Array(name.utf8) + [UInt8(shape.count)]
      + shape.flatMap { number($0, 8) } + [UInt8](repeating: 0, count: 4 * values)
  }

  private static func end(_ count: UInt64) -> [UInt8] { [UInt8(ascii: "E")] + number(count, 4) }

  private func read(_ frames: [UInt8]) throws -> Int {
    try HDF5Reader.check(answer: Self.mark + frames, wanted: ["w", "b"], largestCount: 100)
  }

  private static func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count), 2) + Array(text.utf8) }

  private static func typed(_ name: String, _ letter: Character, _ shape: [UInt64], bytes: Int) -> [UInt8] {
    [UInt8(ascii: "B")] + text(name) + [letter.asciiValue ?? 0, UInt8(shape.count)] + shape.flatMap { number($0, 8) }
      + [UInt8](repeating: 0, count: bytes)
  }

  private func readAll(_ frames: [UInt8]) throws -> Int {
    try HDF5Reader.check(answer: Self.mark + frames, wanted: nil, largestCount: 100)
  }

  @Test func takesAllOfAFile() throws {
    let frames =
      Self.typed("layers/dense/vars/0", "f", [2, 3], bytes: 24) + Self.typed("half", "h", [5], bytes: 10)
      + Self.typed("brain", "b", [5], bytes: 10) + Self.typed("double", "d", [], bytes: 8)
      + Self.typed("count", "i", [0], bytes: 0) + [UInt8(ascii: "N")] + Self.text("layers/dense/vars") + Self.text("head")
      + [UInt8(ascii: "S")] + Self.text("words")
    #expect(try readAll(frames + Self.end(5)) == 5)
  }

  @Test(arguments: [
    typed("w", "q", [1], bytes: 8) + end(1), typed("w", "f", [101], bytes: 404) + end(1),
    typed("w", "f", [60], bytes: 240) + typed("v", "f", [60], bytes: 240) + end(2),
    typed("w", "f", [1], bytes: 4) + typed("w", "f", [1], bytes: 4) + end(2), array("w", [1], values: 1) + end(1),
    typed("w", "d", [2], bytes: 8), [UInt8(ascii: "N")] + text("path"),
    typed("w", "f", [.max, 2], bytes: 8) + end(1), typed("w", "f", [0, 1 << 62, 4], bytes: 0) + end(1),
  ])
  func refusesWhatIsNotAFile(_ frames: [UInt8]) {
    #expect(throws: HDF5Frames.Problem.self) { try readAll(frames) }
  }

  /// Frames of one kind of request are none of the other.
  @Test func refusesTypedArraysWhereNamesWereAskedFor() {
    #expect(throws: HDF5Frames.Problem.self) { try read(Self.typed("w", "f", [1], bytes: 4) + Self.end(1)) }
  }

  @Test func takesWhatWasAskedFor() throws {
    #expect(try read(Self.array("w", [2, 3], values: 6) + Self.array("b", [], values: 1) + Self.end(2)) == 2)
    #expect(try read(Self.end(0)) == 0)
  }

  @Test(arguments: [
    [], [UInt8(ascii: "Q")], array("v", [1], values: 1) + end(1),
    array("w", [1], values: 1) + array("w", [1], values: 1) + end(2),
    array("w", [101], values: 0), array("w", [1 << 63], values: 0), array("w", [1 << 33, 1 << 33], values: 0),
    array("w", [10, 10], values: 100) + array("b", [1], values: 1) + end(2), array("w", [2], values: 1), end(1),
    array("w", [UInt64](repeating: 1, count: 9), values: 1) + end(1), [UInt8(ascii: "X"), 3, 0, 0x1B, 0x5B, 0x41],
    [UInt8(ascii: "A"), 0xFF, 0xFF],
  ])
  func refusesEverythingElse(_ frames: [UInt8]) throws {
    #expect(throws: HDF5Frames.Problem.self) { try read(frames) }
  }

  @Test func needsTheMark() throws {
    #expect(throws: HDF5Frames.Problem.self) {
      try HDF5Reader.check(answer: Array("Usage: initscope".utf8), wanted: [], largestCount: 1)
    }
  }
}
