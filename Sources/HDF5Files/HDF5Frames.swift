/// Reads what the process that parses HDF5 files sends, as if it came from an enemy: that process has seen a hostile file.
///
/// Frames are little-endian: the mark, then for each array `A`, the length (2 bytes) and text of its name, the number of
/// extents (1), each of them (8), and the values as float32; where all arrays were asked for `B`, which is the same with a
/// letter for the type behind the name (`HDF5Contents.ElementType`), `N` with the path of a group and its name, and `S`
/// with the path of an array without numbers; or `X` with a message, which ends the reading; or `E` with the number of
/// arrays (4). Sizes are checked against what was asked for before anything is allocated.
package struct HDF5Frames {
  static let mark = Array("INITSCOPE-HDF5-1\n".utf8)
  static let mostExtents = 8
  /// The most names of groups and arrays without numbers.
  private static let mostNames = 1_000_000

  /// Which arrays were asked for.
  enum Request {
    case named(Set<String>)
    case all
  }

  /// Why the frames cannot be taken.
  package enum Problem: Error, Equatable {
    /// They end before they are complete, as where the process died.
    case brokenOff
    /// They are not what that process sends.
    case malformed(String)
    /// The process could not read the file, and says why.
    case refused(String)
    /// Nothing came for too long, or the socket failed.
    case channel(String)
  }

  /// Fills the buffer, or throws.
  typealias Fill = (UnsafeMutableRawBufferPointer) throws(Problem) -> Void

  private let fill: Fill
  init(_ fill: @escaping Fill) { self.fill = fill }

  /// Everything that was asked for, all arrays together with at most so many values.
  func contents(_ request: Request, largestCount: Int) throws(Problem) -> HDF5Contents {
    guard try bytes(Self.mark.count) == Self.mark else { throw .malformed("they begin otherwise") }
    var contents = HDF5Contents(), left = largestCount
    var seen: Set<String> = []
    while true {
      switch (UnicodeScalar(try bytes(1)[0]), request) {
      case ("A", .named(let wanted)):
        let name = try text()
        guard wanted.contains(name), seen.insert(name).inserted else { throw .malformed("an array that was not asked for") }
        contents.arrays.append(try array(name, .float32, &left))
      case ("B", .all):
        let name = try text()
        guard seen.insert(name).inserted else { throw .malformed("two arrays of one path") }
        guard let type = HDF5Contents.ElementType(rawValue: try bytes(1)[0]) else { throw .malformed("an unknown type") }
        contents.arrays.append(try array(name, type, &left))
      case ("N", .all):
        guard contents.names.count < Self.mostNames else { throw .malformed("too many names") }
        let path = try text()
        contents.names[path] = try text()
      case ("S", .all):
        guard contents.leftOut.count < Self.mostNames else { throw .malformed("too many names") }
        contents.leftOut.append(try text())
      case ("X", _):
        let message = String(decoding: try bytes(min(number(2), 1000)), as: UTF8.self)
        throw .refused(String(message.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }))
      case ("E", _):
        guard try number(4) == contents.arrays.count else { throw .malformed("another number of arrays than were sent") }
        return contents
      default: throw .malformed("an unknown frame")
      }
    }
  }

  /// Extents and elements of an array.
  private func array(
    _ path: String, _ type: HDF5Contents.ElementType, _ left: inout Int
  ) throws(Problem) -> HDF5Contents.Array {
    let rank = try number(1)
    guard rank <= Self.mostExtents else { throw .malformed("an array of \(rank) extents") }
    var shape: [Int] = []
    var count = 1
    for _ in 0..<rank {
      let extent = try number(8)
      guard extent >= 0, extent <= left else { throw .malformed("an extent of \(extent)") }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= left else { throw .malformed("an array of too many values") }
      (count, shape) = (product, shape + [extent])
    }
    left -= count
    return HDF5Contents.Array(path: path, type: type, shape: shape, bytes: try elements(count * type.size))
  }

  private func text() throws(Problem) -> String { String(decoding: try bytes(number(2)), as: UTF8.self) }

  private func bytes(_ count: Int) throws(Problem) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(Problem) in try fill(UnsafeMutableRawBufferPointer(buffer)) }
    return bytes
  }

  /// An unsigned number; one beyond 63 bits is negative here.
  private func number(_ size: Int) throws(Problem) -> Int {
    let value = try bytes(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(truncatingIfNeeded: value)
  }

  /// Bytes as they arrive, a part at a time: what is allocated was sent.
  private func elements(_ count: Int) throws(Problem) -> [UInt8] {
    var all: [UInt8] = []
    while all.count < count { all += try bytes(min(count - all.count, 1 << 20)) }
    return all
  }
}

extension HDF5Reader {
  /// Checks an answer that is all there, as that of the process is checked while it comes: for tests and fuzzers.
  ///
  /// - Parameters:
  ///   - answer: What the process sent.
  ///   - wanted: The names that were asked for; nil for all arrays.
  ///   - largestCount: The most values of all arrays.
  /// - Returns: The number of arrays.
  /// - Throws: An error for an answer that is broken off, malformed or a refusal.
  public static func check(answer: [UInt8], wanted: Set<String>?, largestCount: Int) throws -> Int {
    var place = 0
    let frames = HDF5Frames { buffer throws(HDF5Frames.Problem) in
      guard buffer.count <= answer.count - place else { throw .brokenOff }
      answer.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + buffer.count])) }
      place += buffer.count
    }
    return try frames.contents(wanted.map { .named($0) } ?? .all, largestCount: largestCount).arrays.count
  }
}
