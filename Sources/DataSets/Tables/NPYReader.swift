/// The contents of a .npy file: numbers converted to `Float` in row-major order, or words. The first axis counts samples.
struct NPYArray {
  var path: String
  var elementType: NPYHeader.ElementType
  /// The shape in the header.
  var shape: [Int]
  /// The number of samples held, from the first.
  var rows: Int
  /// The values, (rows, other axes), all finite; empty for text.
  var values: [Float]
  /// The strings of an array of text; nil for numbers.
  var words: [String]?
}

/// Reads NumPy's .npy arrays: the first axis counts samples.
package enum NPYReader {
  /// A header of this size can hold thousands of axes; NumPy itself refuses more than 10,000 bytes.
  private static let maximumHeaderLength = 10_000
  private static let chunkLength = 1 << 16

  /// Reads the first `limit` samples, or all for nil, into a table.
  ///
  /// A one-dimensional array is one feature per sample. Where fewer samples are read than there are, what follows is not
  /// looked at, but the file's length still has to agree with the header.
  ///
  /// - Throws: `DataError` for what is not a .npy file, for a type that is not read, a length that belies the header, or a
  ///   value that is not finite as a `Float`.
  package static func read(path: String, limit: Int? = nil) throws(DataError) -> FeatureTable {
    table(try read(GzipReader(path: path), limit: limit), name: path, keepsAxes: false)
  }

  /// Reads the array as a sample set that keeps its axes: bytes in image-like shapes become images, which share one scale,
  /// all else a table.
  ///
  /// - Parameter labels: A separate file with an array of answers.
  package static func samples(path: String, labels: String? = nil, limit: Int? = nil) throws(DataError) -> any SampleSet {
    let array = try read(GzipReader(path: path), limit: limit)
    guard let labels else { return set(array, answers: nil, name: path) }
    let answers = try Answers(read(GzipReader(path: labels), allowsText: true)), count = array.shape[0]
    let held = answers.labels?.count ?? (answers.targets?.count ?? 0) / max(1, answers.width)
    guard held == count else {
      throw DataError(
        path: labels, "has \(held) entries for the \(count) samples of \(path)", hint: "Save one entry for each sample")
    }
    return set(array, answers: answers.prefix(array.rows), name: path)
  }

  /// Turns an array and its answers into a sample set.
  static func set(_ array: NPYArray, answers: Answers?, name: String) -> any SampleSet {
    let axes = Array(array.shape.dropFirst())
    let isImage = array.elementType == .uint8 && (axes.count == 2 || axes.count == 3 && (1...4).contains(axes[0]))
    if isImage, answers?.targets == nil {
      let (channels, height, width) = axes.count == 2 ? (1, axes[0], axes[1]) : (axes[0], axes[1], axes[2])
      return ImageSet(
        name: name, pixels: array.values.map { UInt8($0) }, channels: channels, height: height, width: width,
        labels: answers?.labels, classCount: answers?.classCount, classNames: answers?.names, totalCount: array.shape[0])
    }
    return table(array, name: name, keepsAxes: true).labelled(answers, classCount: answers?.classCount)
  }

  private static func table(_ array: NPYArray, name: String, keepsAxes: Bool) -> FeatureTable {
    FeatureTable(
      name: name, values: array.values, features: array.values.count / array.rows, totalCount: array.shape[0],
      shape: keepsAxes && array.shape.count > 1 ? Array(array.shape.dropFirst()) : nil)
  }

  /// Reads the array from `reader`, from its current position.
  ///
  /// - Parameter allowsText: Whether the array holds answers, which may be words.
  static func read(_ reader: GzipReader, limit: Int? = nil, allowsText: Bool = false) throws(DataError) -> NPYArray {
    precondition(limit ?? 1 > 0, "a limit of \(limit ?? 0) samples")
    let path = reader.path
    let header = try header(reader)
    guard header.elementType != .object else { throw refusal(ofObjectsIn: path) }
    guard allowsText || !header.elementType.isText else {
      throw DataError(path: path, "holds text where numbers are wanted", hint: NPYHeader.typeRemedy)
    }
    let (rows, features) = try layout(header, reader)
    let kept = min(rows, limit ?? rows)
    // In Fortran order the first samples are spread over the whole file.
    let rowsRead = header.isFortranOrder ? rows : kept
    let cells = rows * features
    try reader.expect(length: reader.position + cells * header.elementSize, inFull: rowsRead == rows)
    guard rowsRead * features <= FeatureTable.maximumCells else {
      throw DataError(
        path: path, "has \(rowsRead * features) numbers to read; at most \(FeatureTable.maximumCells) are read",
        hint: "Save fewer samples")
    }
    if header.elementType.isText {
      let words = try words(rowsRead * features, header, reader)
      if rowsRead == rows { try reader.finish() }
      // Rows of several words are refused by the caller, in either order.
      return NPYArray(
        path: path, elementType: header.elementType, shape: header.shape, rows: kept, values: [],
        words: Array(words.prefix(kept * features)))
    }
    let stored = try elements(rowsRead * features, header, reader)
    if rowsRead == rows { try reader.finish() }
    let values = header.isFortranOrder ? rowMajor(stored, shape: header.shape, rows: kept) : stored
    if let index = values.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        path: path, position: .element(row: index / features, column: index % features),
        "is \(values[index]) as a 32-bit float; only finite numbers can be propagated",
        hint: "Replace or remove it before saving: numpy.isfinite finds it")
    }
    return NPYArray(path: path, elementType: header.elementType, shape: header.shape, rows: kept, values: values)
  }

  private static func refusal(ofObjectsIn path: String) -> DataError {
    DataError(path: path, "the elements are Python objects, which could run code", hint: NPYHeader.typeRemedy)
  }

  /// Reads the header; the elements follow it.
  static func header(_ reader: GzipReader) throws(DataError) -> NPYHeader {
    let path = reader.path
    let magic = try reader.bytes(8, "the .npy magic number and version")
    guard Array(magic.prefix(6)) == [0x93] + Array("NUMPY".utf8) else {
      throw DataError(
        path: path, position: .byte(0), "is not a .npy file: it does not start with \\x93NUMPY",
        hint: "Write it with numpy.save")
    }
    guard (1...3).contains(magic[6]), magic[7] == 0 else {
      throw DataError(
        path: path, position: .byte(6), "has the .npy version \(magic[6]).\(magic[7]); 1.0, 2.0 and 3.0 are read",
        hint: "Write it with numpy.save")
    }
    let size = try reader.bytes(magic[6] == 1 ? 2 : 4, "the header's length").reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size <= maximumHeaderLength else {
      throw DataError(
        path: path, position: .byte(8), "declares a header of \(size) bytes; at most \(maximumHeaderLength) are read",
        hint: "Write it again with numpy.save")
    }
    let start = reader.position
    let text = try reader.bytes(size, "the header")
    do throws(NPYHeader.Problem) {
      return try NPYHeader(parsing: text)
    } catch {
      throw DataError(path: path, position: .byte(start + error.offset), error.message, hint: error.hint)
    }
  }

  /// Rows and features, neither of them zero, whose product times the element's size does not overflow.
  private static func layout(_ header: NPYHeader, _ reader: GzipReader) throws(DataError) -> (rows: Int, features: Int) {
    let shape = "(" + header.shape.map(String.init).joined(separator: ", ") + ")"
    guard let rows = header.shape.first else {
      throw DataError(path: reader.path, "holds a single number", hint: "Save an array whose first axis counts samples")
    }
    guard header.shape.allSatisfy({ $0 > 0 }) else {
      throw DataError(
        path: reader.path, "has the shape \(shape): there is nothing to read", hint: "Save at least one sample")
    }
    var bytes = header.elementSize
    for size in header.shape {
      let product = bytes.multipliedReportingOverflow(by: size)
      guard !product.overflow, product.partialValue <= GzipReader.maximumLength else {
        throw DataError(
          path: reader.path, "has the shape \(shape), more than \(GzipReader.maximumLength) bytes",
          hint: "Save fewer samples")
      }
      bytes = product.partialValue
    }
    return (rows, header.shape.dropFirst().reduce(1, *))
  }

  private static func elements(_ count: Int, _ header: NPYHeader, _ reader: GzipReader) throws(DataError) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    let size = header.elementType.size
    while values.count < count {
      let chunk = try reader.bytes(min(count - values.count, chunkLength) * size, "the array")
      chunk.withUnsafeBytes { bytes in
        switch header.elementType {
        case .float16: append(bytes, UInt16.self, header.isBigEndian, to: &values) { Float(Float16(bitPattern: $0)) }
        case .float32: append(bytes, UInt32.self, header.isBigEndian, to: &values) { Float(bitPattern: $0) }
        case .float64: append(bytes, UInt64.self, header.isBigEndian, to: &values) { Float(Double(bitPattern: $0)) }
        case .uint8: append(bytes, UInt8.self, header.isBigEndian, to: &values) { Float($0) }
        case .bool: append(bytes, UInt8.self, header.isBigEndian, to: &values) { $0 == 0 ? 0 : 1 }
        case .uint16: append(bytes, UInt16.self, header.isBigEndian, to: &values) { Float($0) }
        case .uint32: append(bytes, UInt32.self, header.isBigEndian, to: &values) { Float($0) }
        case .uint64: append(bytes, UInt64.self, header.isBigEndian, to: &values) { Float($0) }
        case .int8: append(bytes, UInt8.self, header.isBigEndian, to: &values) { Float(Int8(bitPattern: $0)) }
        case .int16: append(bytes, UInt16.self, header.isBigEndian, to: &values) { Float(Int16(bitPattern: $0)) }
        case .int32: append(bytes, UInt32.self, header.isBigEndian, to: &values) { Float(Int32(bitPattern: $0)) }
        case .object, .text, .bytes: preconditionFailure("objects and text are no numbers")
        case .int64: append(bytes, UInt64.self, header.isBigEndian, to: &values) { Float(Int64(bitPattern: $0)) }
        }
      }
    }
    return values
  }

  /// Reads strings, without the zeros that pad them.
  private static func words(_ count: Int, _ header: NPYHeader, _ reader: GzipReader) throws(DataError) -> [String] {
    var words: [String] = []
    words.reserveCapacity(count)
    let size = header.elementSize
    while words.count < count {
      let chunk = try reader.bytes(min(count - words.count, max(1, chunkLength / size)) * size, "the array")
      for start in stride(from: 0, to: chunk.count, by: size) {
        let element = chunk[start..<start + size]
        if header.elementType == .bytes {
          let end = element.lastIndex { $0 != 0 }.map { $0 + 1 } ?? start
          words.append(TextReader.decode(Array(element[..<end])))
        } else {
          words.append(try text(element, header.isBigEndian, reader.path, place: words.count))
        }
      }
    }
    return words
  }

  private static func text(
    _ element: ArraySlice<UInt8>, _ isBigEndian: Bool, _ path: String, place: Int
  ) throws(DataError) -> String {
    var scalars = String.UnicodeScalarView()
    var zeros = 0
    for start in stride(from: element.startIndex, to: element.endIndex, by: 4) {
      let bytes = element[start..<start + 4]
      let value = (isBigEndian ? Array(bytes) : bytes.reversed()).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let scalar = Unicode.Scalar(value) else {
        throw DataError(
          path: path, position: .element(row: place, column: 0), "holds \(value), which is no character",
          hint: "Write the array again with numpy.save")
      }
      if value == 0 {
        zeros += 1
        continue
      }
      // A zero before the end is part of the string.
      scalars.append(contentsOf: repeatElement("\0", count: zeros))
      zeros = 0
      scalars.append(scalar)
    }
    return String(scalars)
  }

  private static func append<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ bits: Bits.Type, _ isBigEndian: Bool, to values: inout [Float],
    convert: (Bits) -> Float
  ) {
    for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<Bits>.size) {
      let raw = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
      values.append(convert(isBigEndian ? Bits(bigEndian: raw) : Bits(littleEndian: raw)))
    }
  }

  /// Rearranges an array whose first axis runs fastest to rows in which the last axis runs fastest, for the first `rows`
  /// samples.
  private static func rowMajor(_ stored: [Float], shape: [Int], rows: Int) -> [Float] {
    let features = shape.dropFirst().reduce(1, *)
    // strides[k]: distance in `stored` between neighbours along axis k.
    var strides = [1]
    for size in shape.dropLast() { strides.append(strides[strides.count - 1] * size) }
    var values = [Float](repeating: 0, count: rows * features)
    var index = [Int](repeating: 0, count: shape.count)
    var source = 0
    for feature in 0..<features {
      for row in 0..<rows { values[row * features + feature] = stored[source + row] }
      // Step to the next feature: increase the last axis, carrying towards the axis after the samples'.
      var axis = shape.count - 1
      while axis > 0 {
        index[axis] += 1
        source += strides[axis]
        if index[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return values
  }
}
