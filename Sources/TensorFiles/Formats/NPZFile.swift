import DataSets

/// NumPy's .npz archive: a zip archive with a .npy file for each array (numpy.lib.format).
struct NPZFile: TensorFile {
  let path: String
  let format = "npz"
  let entries: [TensorEntry]
  let notes: [String]
  private let file: FileBytes
  private let arrays: [Array]

  /// One array of the archive.
  private struct Array {
    var member: ZipArchive.Member
    var header: NPYHeader
    /// Bytes before the elements.
    var headerSize: Int
  }

  /// A header of this size can hold thousands of axes; NumPy itself refuses more than 10,000 bytes.
  private static let largestHeader = 10_000
  private static let remedy = "Write it again with numpy.savez"

  init(_ archive: ZipArchive) throws(DataError) {
    path = archive.path
    let file = try FileBytes(path: archive.path)
    var entries: [TensorEntry] = [], arrays: [Array] = []
    // Texts and Python objects beside the numbers, such as the names of classes: they are not read.
    var others: [String] = [], refused: DataError?
    for member in archive.members where member.name.hasSuffix(".npy") {
      let place = archive.path(of: member)
      let beginning = try MemberReader.beginning(of: member, file, count: Self.largestHeader + 12)
      let (header, size) = try Self.header(beginning, place)
      guard let type = Self.type(header.elementType) else {
        let hint = header.elementType == .object ? "Python objects could run code. Save numbers" : NPYHeader.typeRemedy
        refused = refused ?? DataError(path: place, "holds elements that are no numbers", hint: hint)
        others.append(String(member.name.dropLast(4)))
        continue
      }
      guard let entry = TensorEntry(name: String(member.name.dropLast(4)), type: type, shape: header.shape),
        case let (total, overflow) = entry.byteCount.addingReportingOverflow(size), !overflow, total == member.length
      else {
        throw DataError(
          path: place, "has \(member.length) bytes, which do not fit its shape \(header.shape)", hint: Self.remedy)
      }
      entries.append(entry)
      arrays.append(Array(member: member, header: header, headerSize: size))
    }
    if entries.isEmpty, let refused { throw refused }
    (self.file, self.entries, self.arrays) = (file, entries, arrays)
    let list = others.prefix(6).map { "'\($0.prefix(40))'" }.joined(separator: ", ") + (others.count > 6 ? ", ..." : "")
    let subject = others.count == 1 ? "it holds" : "they hold"
    notes = others.isEmpty ? [] : ["Left out, because \(subject) no numbers: \(list)."]
  }

  func read(_ index: Int, into memory: BlockMemory, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let array = arrays[index], entry = entries[index], size = entry.type.size
    let name = "\(path)(\(array.member.name))"
    guard array.header.isFortranOrder, entry.shape.filter({ $0 > 1 }).count > 1 else {
      return try MemberReader.read(
        array.member, file, name: name, skipping: array.headerSize, unit: size, into: memory
      ) { block in
        if array.header.isBigEndian { ByteOrder.reverse(block, elementSize: size) }
        try body(UnsafeRawBufferPointer(block))
      }
    }
    // In Fortran order the first axis is the densest: a view with the strides in that order.
    guard !array.member.isDeflated, !array.header.isBigEndian else {
      throw DataError(
        path: name, "is in Fortran order and compressed or big-endian, which is not read",
        hint: "Save numpy.ascontiguousarray(array)")
    }
    var strides: [Int] = []
    for extent in entry.shape {
      strides.append((strides.last.map { $0 * entry.shape[strides.count - 1] }) ?? 1 + 0 * extent)
    }
    let view = StridedView(
      shape: entry.shape, strides: strides, origin: array.member.dataOffset + array.headerSize, elementSize: size)
    try view.read(file, into: memory, body)
  }

  private static func header(_ bytes: [UInt8], _ place: String) throws(DataError) -> (NPYHeader, size: Int) {
    guard bytes.starts(with: [0x93] + "NUMPY".utf8), bytes.count >= 12, (1...3).contains(bytes[6]) else {
      throw DataError(path: place, position: .byte(0), "is not a .npy file of version 1 to 3", hint: remedy)
    }
    let start = bytes[6] == 1 ? 10 : 12
    let size = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size <= largestHeader, start + size <= bytes.count else {
      throw DataError(
        path: place, position: .byte(8), "states a header of \(size) bytes; at most \(largestHeader) are read",
        hint: remedy)
    }
    do throws(NPYHeader.Problem) {
      return (try NPYHeader(parsing: Swift.Array(bytes[start..<start + size])), start + size)
    } catch {
      throw DataError(path: place, position: .byte(start + error.offset), error.message, hint: error.hint)
    }
  }

  private static func type(_ type: NPYHeader.ElementType) -> TensorElementType? {
    switch type {
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    case .bool: .bool
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .text, .bytes, .object: nil
    }
  }
}
