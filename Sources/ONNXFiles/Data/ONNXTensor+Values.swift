/// Values of a tensor, read from the file at each call.
extension ONNXTensor {
  /// The bytes that the elements take in the raw form; 0 for texts.
  public var byteCount: Int { elementType.byteCount(count) ?? 0 }

  /// Reads the elements as 32-bit floats, in row-major order, straight into memory of the caller's.
  ///
  /// Every floating-point type, whole numbers and truth values (as 0 and 1) are converted; numbers beyond the range of a
  /// 32-bit float become infinite. Tensors of `float32` in raw form are read without a copy in between.
  ///
  /// - Parameter floats: Room for exactly `count` elements.
  /// - Throws: `ONNXError` for texts and complex numbers, for a data file that may not or cannot be read, and for a file
  ///   that changed since the model was opened.
  public func floats(into floats: UnsafeMutableBufferPointer<Float>) throws(ONNXError) {
    precondition(floats.count == count, "room for \(floats.count) elements, where the tensor has \(count)")
    guard elementType.isReal else { throw mismatch("numbers") }
    guard let base = floats.baseAddress, count > 0 else { return }
    var stream = try ElementStream(self)
    if elementType == .float32, stream.isContiguous {
      try stream.read(at: 0, into: UnsafeMutableRawBufferPointer(floats))
      #if _endian(big)
        for index in 0..<count { base[index] = Float(bitPattern: base[index].bitPattern.byteSwapped) }
      #endif
      return
    }
    while let chunk = try stream.next() {
      _ = ElementDecoding.floats(chunk.bytes, elementType, chunk.count, into: base + chunk.first)
    }
  }

  /// Reads the elements as 32-bit floats, in row-major order: see `floats(into:)`.
  ///
  /// - Throws: As `floats(into:)` does.
  public func floats() throws(ONNXError) -> [Float] {
    // A data file that is not as long as the tensor claims is found out before memory is taken.
    try checkData()
    var problem: ONNXError?
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(ONNXError) {
        try floats(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        filled = count
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    return values
  }

  /// Reads whole numbers, and truth values as 0 and 1, in row-major order.
  ///
  /// - Throws: `ONNXError` for elements of other types, for an unsigned number above 2^63 - 1, for a data file that may not
  ///   or cannot be read, and for a file that changed since the model was opened.
  public func int64s() throws(ONNXError) -> [Int] {
    guard elementType.isInteger || elementType == .bool else { throw mismatch("whole numbers") }
    try checkData()
    var stream = try ElementStream(self)
    var problem: ONNXError?
    var tooLarge = false
    let values = [Int](unsafeUninitializedCapacity: count) { buffer, filled in
      guard let base = buffer.baseAddress else { return }
      do throws(ONNXError) {
        while let chunk = try stream.next() {
          _ = ElementDecoding.ints(chunk.bytes, elementType, chunk.count, into: base + chunk.first, tooLarge: &tooLarge)
          filled = chunk.first + chunk.count
        }
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    guard !tooLarge else {
      throw ONNXError(
        path: source.path, "\(called) holds a number above 2^63 - 1", hint: "Export the model with 64-bit signed numbers")
    }
    return values
  }

  /// Reads truth values, in row-major order.
  ///
  /// - Throws: `ONNXError` for elements of another type than `bool`, and as `int64s()` does.
  public func bools() throws(ONNXError) -> [Bool] {
    guard elementType == .bool else { throw mismatch("truth values") }
    return try int64s().map { $0 != 0 }
  }

  /// Reads texts, in row-major order.
  ///
  /// - Throws: `ONNXError` for elements of another type, for what is not UTF-8, and for a file that changed since the model
  ///   was opened.
  public func strings() throws(ONNXError) -> [String] {
    guard elementType == .string else { throw mismatch("texts") }
    guard case .typed(let number, let message) = location else { return [] }
    var reader = WireReader(source, message, name: "tensor")
    var texts: [String] = []
    while let field = try reader.next() {
      if field.number == number {
        try reader.strings(field, "string_data", into: &texts)
      } else {
        try reader.skip(field)
      }
    }
    guard texts.count == count else {
      throw ONNXError(path: source.path, "the file changed while it was read", hint: "Let its writer finish first")
    }
    return texts
  }

  /// Reads the elements in the raw form of ONNX: little-endian, row-major, types below a byte packed from the lowest bits
  /// on.
  ///
  /// - Throws: `ONNXError` for texts, for a data file that may not or cannot be read, and for a file that changed since the
  ///   model was opened.
  public func rawBytes() throws(ONNXError) -> [UInt8] {
    guard elementType != .string else { throw mismatch("numbers") }
    try checkData()
    var stream = try ElementStream(self)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    while let chunk = try stream.next() { bytes.append(contentsOf: chunk.bytes) }
    return bytes
  }

  /// Checks that a data file of the model's folder has the tensor's bytes, without reading them; tensors within the model's
  /// own file were checked when it was opened.
  ///
  /// - Throws: `ONNXError` for a file that is not there, too short, outside the folder, reached through a link, or not
  ///   regular.
  public func checkData() throws(ONNXError) {
    guard case .external(let data) = location else { return }
    _ = try ExternalFile(data, of: self, byteCount: byteCount)
  }

  private var called: String { name.isEmpty ? "a tensor" : "the tensor '\(name)'" }

  private func mismatch(_ wanted: String) -> ONNXError {
    ONNXError(
      path: source.path, "\(called) holds elements of the type \(elementType.name), where \(wanted) belong",
      hint: "Was the file written by an ONNX exporter? Export it again")
  }
}

extension ONNXElementType {
  /// Whether elements can be read as floats.
  var isReal: Bool { isFloat || isInteger || self == .bool }
}
