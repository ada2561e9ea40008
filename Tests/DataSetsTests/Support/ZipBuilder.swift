import CZlib
import DataSets
import Testing

/// A .npy file, version 1.0.
func npy(_ header: String, _ payload: [UInt8]) -> [UInt8] {
  let length = UInt16(header.utf8.count)
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8) + payload
}

/// A one-dimensional .npy file of bytes, 64-bit integers or floats.
func npy(bytes values: [UInt8], shape: [Int]) -> [UInt8] {
  npy("{'descr': '|u1', 'fortran_order': False, 'shape': \(tuple(shape))}", values)
}

func npy(integers values: [Int64], shape: [Int]? = nil) -> [UInt8] {
  npy("{'descr': '<i8', 'fortran_order': False, 'shape': \(tuple(shape ?? [values.count]))}", littleEndian(values))
}

func npy(floats values: [Float], shape: [Int]? = nil) -> [UInt8] {
  npy(
    "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple(shape ?? [values.count]))}",
    littleEndian(values.map(\.bitPattern)))
}

private func tuple(_ shape: [Int]) -> String { "(" + shape.map { "\($0)," }.joined() + ")" }

func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
  values.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
}

/// One member of an archive, with what its headers say; each field may be made to lie.
struct ZipEntry {
  var name: String
  var packed: [UInt8]
  var length: UInt32
  var packedLength: UInt32
  var checksum: UInt32
  var method: UInt16
  var flags: UInt16 = 0
  /// Where the directory says that the member starts, if not where it does.
  var claimedOffset: UInt32?
  /// What the local header calls it, if not what the directory does.
  var localName: String?

  init(_ name: String, _ contents: [UInt8], isDeflated: Bool = true) throws {
    self.name = name
    packed = isDeflated ? try deflated(contents) : contents
    length = UInt32(contents.count)
    packedLength = UInt32(packed.count)
    checksum = UInt32(crc32_z(0, contents, contents.count))
    method = isDeflated ? 8 : 0
  }

  /// What both headers have in common: flags, method, date, checksum, sizes.
  private var common: [UInt8] {
    littleEndian([flags, method, 0, 0x21]) + littleEndian([checksum, packedLength, length])
  }

  func local() -> [UInt8] {
    let name = Array((localName ?? name).utf8)
    return [0x50, 0x4B, 3, 4, 20, 0] + common + littleEndian([UInt16(name.count), 0]) + name + packed
  }

  func central(at offset: Int) -> [UInt8] {
    [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + common + littleEndian([UInt16(name.utf8.count), 0, 0, 0, 0, 0, 0])
      + littleEndian([claimedOffset ?? UInt32(offset)]) + Array(name.utf8)
  }
}

/// A zip archive; `count`, `size` and `offset` of its end record may be made to lie.
func zip(
  _ entries: [ZipEntry], count: UInt16? = nil, size: UInt32? = nil, offset: UInt32? = nil, comment: [UInt8] = []
) -> [UInt8] {
  var bytes: [UInt8] = []
  var directory: [UInt8] = []
  for entry in entries {
    directory += entry.central(at: bytes.count)
    bytes += entry.local()
  }
  let number = count ?? UInt16(entries.count)
  return bytes + directory + [0x50, 0x4B, 5, 6] + littleEndian([0, 0, number, number])
    + littleEndian([size ?? UInt32(directory.count), offset ?? UInt32(bytes.count)])
    + littleEndian([UInt16(comment.count)]) + comment
}

/// A .npz archive of deflated .npy members.
func npz(_ arrays: [(name: String, bytes: [UInt8])]) throws -> [UInt8] {
  zip(try arrays.map { try ZipEntry("\($0.name).npy", $0.bytes) })
}
