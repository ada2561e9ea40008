import CZlib
import FileOutput

/// Writes arrays as NumPy's .npz: a ZIP archive of .npy members, not compressed.
///
/// Source: NumPy's format description (version 1.0), and PKWARE's APPNOTE for the archive.
struct NPZWriter {
  private struct Member {
    var name: [UInt8]
    var head: [UInt8]
    var tensor: NamedValues
    var size: Int { head.count + 4 * tensor.count }
  }

  private let members: [Member]

  init(_ tensors: [NamedValues]) throws(WeightWritingError) {
    members = tensors.map { Member(name: Array("\($0.name).npy".utf8), head: Self.head($0.shape), tensor: $0) }
    let total = members.reduce(22) { $0 + $1.size + 76 + 2 * $1.name.count }
    guard total < 1 << 32, members.count < 1 << 16 else {
      throw WeightWritingError("the tensors do not fit into an .npz file of 4 GB", hint: "Write .safetensors")
    }
  }

  func write(to sink: AtomicFile.Stream.Sink) throws {
    var directory: [UInt8] = [], offset = 0
    for member in members {
      let values = member.tensor.values()
      var sum = crc32_z(0, member.head, member.head.count)
      sum = values.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return sum }
        return crc32_z(sum, start.assumingMemoryBound(to: UInt8.self), bytes.count)
      }
      // Version 2.0, names in UTF-8, stored, the first day that the format knows.
      let common =
        Self.little(20, 2) + Self.little(0x800, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0x21, 2)
        + Self.little(Int(sum), 4) + Self.little(member.size, 4) + Self.little(member.size, 4)
        + Self.little(member.name.count, 2) + Self.little(0, 2)
      let local = Self.little(0x0403_4B50, 4) + common + member.name
      directory +=
        Self.little(0x0201_4B50, 4) + Self.little(20, 2) + common + Self.little(0, 2) + Self.little(0, 2)
        + Self.little(0, 2) + Self.little(0, 4) + Self.little(offset, 4) + member.name
      try local.withUnsafeBytes(sink)
      try member.head.withUnsafeBytes(sink)
      try LittleEndian.write(values, to: sink)
      offset += local.count + member.size
    }
    let end =
      Self.little(0x0605_4B50, 4) + Self.little(0, 4) + Self.little(members.count, 2) + Self.little(members.count, 2)
      + Self.little(directory.count, 4) + Self.little(offset, 4) + Self.little(0, 2)
    try (directory + end).withUnsafeBytes(sink)
  }

  private static func head(_ shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    // The head ends with a line feed, at a multiple of 64 bytes.
    text += [UInt8](repeating: 0x20, count: (64 - (10 + text.count + 1) % 64) % 64) + [0x0A]
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(text.count, 2) + text
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
