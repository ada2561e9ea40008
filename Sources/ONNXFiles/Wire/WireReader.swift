/// Walks through messages in protobuf's wire format, with a window of the file in memory.
///
/// Bytes that nobody asks for are stepped over, not read: a model of a gigabyte costs as much as its structure. Every length
/// is checked against the message around it, and every message counts towards a limit of depth. What the values read so
/// far take in memory is counted, too, and a file that would take more than its size warrants is refused.
struct WireReader: ~Copyable {
  /// protobuf's own limit for nested messages.
  static let maximumDepth = 100
  /// Names and texts; the longest that PyTorch writes is some ten thousand bytes.
  static let maximumTextLength = 1 << 24
  static let windowLength = 1 << 18

  let source: ModelSource
  private(set) var position: Int
  private var frames: [Frame]
  /// The end of the innermost message.
  private var end: Int
  private let window: UnsafeMutableRawBufferPointer
  /// The bytes of the file that the window holds.
  private var held: Range<Int>
  private var spent = 0
  private let allowance: Int

  /// One message that is being read.
  private struct Frame {
    var name: StaticString
    var index: Int?
    /// The end of the message around it.
    var outerEnd: Int
  }

  /// Starts in the message that fills `range`; `name` is what it is called in errors, empty for the model itself.
  init(_ source: ModelSource, _ range: Range<Int>? = nil, name: StaticString = "") {
    let range = range ?? 0..<source.size
    self.source = source
    position = range.lowerBound
    end = range.upperBound
    held = position..<position
    frames = [Frame(name: name, index: nil, outerEnd: range.upperBound)]
    window = .allocate(byteCount: max(1, min(Self.windowLength, range.count)), alignment: 16)
    // The contract is 16 MiB + 64 times the file's size, which leaves some room for the window and for the allocator.
    allowance = min(source.size, 1 << 50) * 56 + 12 << 20
  }

  deinit { window.deallocate() }

  // MARK: Messages

  /// Goes into the message that `field` holds; `next` then gives its fields, and leaves it at its end.
  mutating func enter(_ field: WireField, _ name: StaticString, _ index: Int? = nil) throws(ONNXError) {
    try expect(.bytes, field, name)
    frames.append(Frame(name: name, index: index, outerEnd: end))
    guard frames.count <= Self.maximumDepth else {
      throw problem("messages lie more than \(Self.maximumDepth) deep", at: field.offset)
    }
    position = field.range.lowerBound
    end = field.range.upperBound
  }

  /// The head of the next field, or nil at the message's end, which is left with it.
  mutating func next() throws(ONNXError) -> WireField? {
    guard position < end else {
      end = frames.removeLast().outerEnd
      return nil
    }
    let start = position, tag = try varint()
    let number = tag >> 3
    guard number >= 1, number < 1 << 29 else {
      throw problem("a field has the number \(number), which protobuf does not have", at: start)
    }
    switch tag & 7 {
    case 0: return WireField(number: Int(number), kind: .varint, offset: start, range: 0..<0)
    case 1: return WireField(number: Int(number), kind: .fixed64, offset: start, range: 0..<0)
    case 5: return WireField(number: Int(number), kind: .fixed32, offset: start, range: 0..<0)
    case 2:
      let length = try varint()
      guard length <= UInt64(end - position) else {
        throw problem("field \(number) claims \(length) bytes, where \(end - position) are left", at: start)
      }
      return WireField(
        number: Int(number), kind: .bytes, offset: start, range: position..<position + Int(length))
    case 3, 4: throw problem("field \(number) is a group, which ONNX does not have", at: start)
    default: throw problem("field \(number) has the wire type \(tag & 7), which protobuf does not have", at: start)
    }
  }

  /// Steps over the value of `field`.
  mutating func skip(_ field: WireField) throws(ONNXError) {
    switch field.kind {
    case .varint: _ = try varint()
    case .fixed64: _ = try fixed64()
    case .fixed32: _ = try fixed32()
    case .bytes: position = field.range.upperBound
    }
  }

  // MARK: Bytes

  /// A whole number in groups of seven bits, the lowest first.
  mutating func varint() throws(ONNXError) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard position < end else { throw problem("breaks off within a number", at: start) }
      if !held.contains(position) { try hold(position) }
      let byte = window[position - held.lowerBound]
      position += 1
      guard shift < 63 || byte <= 1 else { throw problem("holds a number of more than 64 bits", at: start) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  mutating func fixed32() throws(ONNXError) -> UInt32 { UInt32(littleEndian: try fixed(UInt32.self)) }

  mutating func fixed64() throws(ONNXError) -> UInt64 { UInt64(littleEndian: try fixed(UInt64.self)) }

  private mutating func fixed<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) throws(ONNXError) -> Bits {
    let size = MemoryLayout<Bits>.size
    guard size <= end - position else { throw problem("breaks off within a number of \(size) bytes", at: position) }
    if position < held.lowerBound || held.upperBound - position < size { try hold(position) }
    defer { position += size }
    return window.loadUnaligned(fromByteOffset: position - held.lowerBound, as: Bits.self)
  }

  /// Moves the window to start at `offset`, within the innermost message or the ones around it.
  private mutating func hold(_ offset: Int) throws(ONNXError) {
    let count = min(window.count, source.size - offset)
    held = offset..<offset
    try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: window[..<count]))
    held = offset..<offset + count
  }

  /// Counts the whole numbers in `range` by their last bytes, and goes to its end.
  mutating func countVarints(_ range: Range<Int>) throws(ONNXError) -> Int {
    var count = 0
    var last: UInt8 = 0
    position = range.lowerBound
    while position < range.upperBound {
      if !held.contains(position) { try hold(position) }
      let stop = min(range.upperBound, held.upperBound)
      for index in position - held.lowerBound..<stop - held.lowerBound { count += window[index] < 0x80 ? 1 : 0 }
      last = window[stop - 1 - held.lowerBound]
      position = stop
    }
    guard last < 0x80 else { throw problem("breaks off within a number", at: range.upperBound - 1) }
    return count
  }

  /// The text of `range`, nil where it is not UTF-8. The position stays.
  mutating func text(_ range: Range<Int>) throws(ONNXError) -> String? {
    guard !range.isEmpty else { return "" }
    try spend(range.count < 16 ? 0 : range.count + 48)
    if held.lowerBound <= range.lowerBound, range.upperBound <= held.upperBound {
      let start = range.lowerBound - held.lowerBound
      return String(validating: window[start..<start + range.count], as: UTF8.self)
    }
    if range.count <= window.count {
      // The next field follows soon, so the window is moved rather than passed by.
      try hold(range.lowerBound)
      return String(validating: window[..<range.count], as: UTF8.self)
    }
    var bytes = [UInt8](repeating: 0, count: range.count)
    let outcome: Result<Void, ONNXError> = bytes.withUnsafeMutableBytes { buffer in
      do throws(ONNXError) { return .success(try source.read(at: range.lowerBound, into: buffer)) } catch {
        return .failure(error)
      }
    }
    try outcome.get()
    return String(validating: bytes, as: UTF8.self)
  }

  // MARK: Errors

  /// Counts memory that a value takes, with the room that growing arrays leave.
  mutating func spend(_ bytes: Int) throws(ONNXError) {
    spent += bytes
    guard spent <= allowance else {
      throw problem("the model takes more memory than a file of \(source.size) bytes warrants", at: position)
    }
  }

  func expect(_ kind: WireField.Kind, _ field: WireField, _ name: StaticString) throws(ONNXError) {
    guard field.kind == kind else {
      throw problem("is \(field.kind.rawValue), where \(kind.rawValue) belongs", at: field.offset, in: name)
    }
  }

  /// An error in the message that is being read, or in its field `name`.
  func problem(_ message: String, at offset: Int, in name: StaticString? = nil, hint: String? = nil) -> ONNXError {
    var steps: [String] = []
    for frame in frames where frame.name.utf8CodeUnitCount > 0 {
      steps.append(frame.index.map { "\(frame.name)[\($0)]" } ?? "\(frame.name)")
    }
    if let name { steps.append("\(name)") }
    let shown = steps.count > 12 ? Array(steps.prefix(8)) + ["..."] + Array(steps.suffix(3)) : steps
    return ONNXError(
      path: source.path, offset: offset, field: shown.isEmpty ? nil : shown.joined(separator: "."), message,
      hint: hint ?? "Is the file whole, and was it written by an ONNX exporter? Export or copy it again")
  }
}
