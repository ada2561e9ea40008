/// The bytes of an IDX file, or of its first items.
///
/// Layout (LeCun, Cortes and Burges, "The MNIST database", section FILE FORMATS): two zero bytes, a type code, the number of
/// dimensions, each dimension as a big-endian 32-bit number, then the elements in row-major order.
package struct IDXArray: Sendable {
  /// The dimensions that the header declares, items first.
  package var dimensions: [Int]
  /// The elements of the first `heldCount` items.
  package var bytes: [UInt8]
  package var heldCount: Int
}

/// Reads IDX files of unsigned bytes, gzip-compressed or plain.
package enum IDXReader {
  /// The largest part of one file that is kept in memory.
  package static let maximumBytes = 1 << 30

  /// Reads the first `limit` items of the file at `path`, all of them by default.
  ///
  /// Every claim of the header is checked before memory is allocated for it. Where fewer items are read than the file has,
  /// the rest is neither inflated nor covered by the CRC; its length is compared with the file's (uncompressed) or with the
  /// gzip trailer.
  ///
  /// - Parameters:
  ///   - rank: the number of dimensions the caller wants: 3 for images, 1 for labels.
  ///   - what: "images" or "labels", for messages.
  package static func read(path: String, rank: Int, what: String, limit: Int? = nil) throws(DataError) -> IDXArray {
    precondition(rank > 0 && limit ?? 1 > 0, "rank \(rank), limit \(String(describing: limit))")
    let reader = try GzipReader(path: path)
    let magic = try reader.bytes(4, "the IDX magic number")
    try check(magic: magic, rank: rank, what: what, path: path)
    let sizes = try reader.bytes(4 * rank, "the IDX dimensions")
    let dimensions = (0..<rank).map { axis in sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
    let header = reader.position

    let shape = dimensions.map(String.init).joined(separator: " x ")
    guard dimensions.allSatisfy({ $0 > 0 }) else {
      throw DataError(path: path, position: .byte(4), "declares \(shape) \(what): there is nothing to read", hint: remedy)
    }
    var item = 1
    var overflow = false
    for size in dimensions.dropFirst() {
      let product = item.multipliedReportingOverflow(by: size)
      (item, overflow) = (product.partialValue, overflow || product.overflow)
    }
    let total = item.multipliedReportingOverflow(by: dimensions[0])
    let length = total.partialValue.addingReportingOverflow(header)
    guard !overflow, !total.overflow, !length.overflow else {
      throw DataError(path: path, position: .byte(4), "declares \(shape) \(what): more than any file holds", hint: remedy)
    }
    let count = min(dimensions[0], limit ?? dimensions[0])
    let inFull = count == dimensions[0]
    try reader.expect(length: length.partialValue, inFull: inFull)
    // Cannot overflow: count <= dimensions[0], whose product with `item` was formed above.
    guard count * item <= maximumBytes else {
      throw DataError(
        path: path, position: .byte(4),
        "declares \(shape) \(what), \(count * item) bytes to keep; at most \(maximumBytes) are kept",
        hint: "Read fewer of them")
    }
    let bytes = try reader.bytes(count * item, what)
    if inFull { try reader.finish() }
    return IDXArray(dimensions: dimensions, bytes: bytes, heldCount: count)
  }

  private static func check(magic: [UInt8], rank: Int, what: String, path: String) throws(DataError) {
    guard magic[0] == 0, magic[1] == 0 else {
      throw DataError(
        path: path, position: .byte(0), "is not an IDX file: it starts with \(hexadecimal(magic)), not with two zero bytes",
        hint: "MNIST's files are named like train-images-idx3-ubyte.gz")
    }
    guard magic[2] == 0x08 else {
      let type = otherTypes[magic[2]].map { "holds \($0)" } ?? "has the unknown type code \(hexadecimal([magic[2]]))"
      throw DataError(
        path: path, position: .byte(2), "\(type); IDX files of unsigned bytes (0x08) are read",
        hint: "Save other arrays as .npy or .csv")
    }
    guard magic[3] == rank else {
      let axes = rank == 3 ? " (count, height, width)" : rank == 1 ? " (count)" : ""
      throw DataError(
        path: path, position: .byte(3), "has \(magic[3]) dimensions where \(what) have \(rank)\(axes)",
        hint: "Images end in -idx3-ubyte, labels in -idx1-ubyte")
    }
  }

  private static let otherTypes: [UInt8: String] = [
    0x09: "signed bytes", 0x0B: "16-bit integers", 0x0C: "32-bit integers", 0x0D: "32-bit floats", 0x0E: "64-bit floats",
  ]
  private static let remedy = "Fetch or write the file again"

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { "0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
  }
}
