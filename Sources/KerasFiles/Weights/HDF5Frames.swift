/// Reads what the process that parses HDF5 files sends, as if it came from an enemy: that process has seen a hostile file.
///
/// Frames are little-endian: the mark, then for each array `A`, the length (2 bytes) and text of its name, the number of
/// extents (1), each of them (8), and the values as float32; or `X` with a message, which ends the reading; or `E` with the
/// number of arrays (4). Sizes are checked against what was asked for before anything is allocated.
package struct HDF5Frames {
  static let mark = Array("INITSCOPE-HDF5-1\n".utf8)
  static let mostExtents = 8

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

  /// All arrays, of which each has one of the wanted names and all together have at most so many values.
  func arrays(wanted: Set<String>, largestCount: Int) throws(Problem) -> [String: HDF5Reader.Array] {
    guard try bytes(Self.mark.count) == Self.mark else { throw .malformed("they begin otherwise") }
    var arrays: [String: HDF5Reader.Array] = [:]
    var left = largestCount
    while true {
      switch UnicodeScalar(try bytes(1)[0]) {
      case "A":
        let name = String(decoding: try bytes(number(2)), as: UTF8.self)
        guard wanted.contains(name), arrays[name] == nil else { throw .malformed("an array that was not asked for") }
        let rank = try number(1)
        guard rank <= Self.mostExtents else { throw .malformed("an array of \(rank) extents") }
        var shape: [Int] = []
        var count = 1
        for _ in 0..<rank {
          let extent = try number(8)
          guard extent >= 0, extent <= largestCount else { throw .malformed("an extent of \(extent)") }
          let (product, overflow) = count.multipliedReportingOverflow(by: extent)
          guard !overflow, product <= largestCount else { throw .malformed("an array of too many values") }
          (count, shape) = (product, shape + [extent])
        }
        guard count <= left else { throw .malformed("more values than were asked for") }
        left -= count
        arrays[name] = HDF5Reader.Array(shape: shape, values: try floats(count))
      case "X":
        let message = String(decoding: try bytes(min(number(2), 1000)), as: UTF8.self)
        throw .refused(String(message.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }))
      case "E":
        guard try number(4) == arrays.count else { throw .malformed("another number of arrays than were sent") }
        return arrays
      default: throw .malformed("an unknown frame")
      }
    }
  }

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

  /// Values as they arrive, a part at a time: what is allocated was sent.
  private func floats(_ count: Int) throws(Problem) -> [Float] {
    var values: [Float] = []
    while values.count < count {
      var part = [Float](repeating: 0, count: min(count - values.count, 1 << 18))
      try part.withUnsafeMutableBufferPointer { buffer throws(Problem) in try fill(UnsafeMutableRawBufferPointer(buffer)) }
      values += part
    }
    return values
  }
}

extension HDF5Reader {
  /// Checks an answer that is all there, as that of the process is checked while it comes: for tests and fuzzers.
  ///
  /// - Parameters:
  ///   - answer: What the process sent.
  ///   - wanted: The names that were asked for.
  ///   - largestCount: The most values of all arrays.
  /// - Returns: The number of arrays.
  /// - Throws: An error for an answer that is broken off, malformed or a refusal.
  public static func check(answer: [UInt8], wanted: Set<String>, largestCount: Int) throws -> Int {
    var place = 0
    let frames = HDF5Frames { buffer throws(HDF5Frames.Problem) in
      guard buffer.count <= answer.count - place else { throw .brokenOff }
      answer.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[place..<place + buffer.count])) }
      place += buffer.count
    }
    return try frames.arrays(wanted: wanted, largestCount: largestCount).count
  }
}
