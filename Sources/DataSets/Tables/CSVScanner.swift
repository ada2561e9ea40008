/// Splits comma-separated text into records as RFC 4180 does, from a stream.
///
/// Fields in double quotes may hold commas, line breaks and doubled quotes. Lines end in LF or CRLF; empty lines and a byte
/// order mark are skipped.
struct CSVScanner {
  /// The bytes of the current record's fields, one after another.
  private(set) var text: [UInt8] = []
  /// The end of each field within `text`.
  private(set) var ends: [Int] = []
  /// The line on which the current record starts, counted from 1.
  private(set) var line = 0

  static let maximumColumns = 1 << 20
  static let maximumRecordLength = 1 << 26

  private let reader: GzipReader
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var bufferStart = 0
  private var bufferEnd = 0
  private var currentLine = 1

  private enum State { case fieldStart, plain, quoted, afterQuote }

  init(_ reader: GzipReader) throws(DataError) {
    self.reader = reader
    try refill()
    if bufferEnd >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { bufferStart = 3 }
  }

  /// The bytes of one field.
  func withField<Value>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
    text.withUnsafeBufferPointer { body(.init(rebasing: $0[(column == 0 ? 0 : ends[column - 1])..<ends[column]])) }
  }

  /// Reads the next record that is not an empty line; false at the end of the file.
  mutating func next() throws(DataError) -> Bool {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    line = currentLine
    var state = State.fieldStart
    var quoteLine = currentLine
    while true {
      if bufferStart == bufferEnd {
        try refill()
        if bufferEnd == 0 { break }
      }
      let byte = buffer[bufferStart]
      bufferStart += 1
      switch (byte, state) {
      case (0x0A, .fieldStart), (0x0A, .plain), (0x0A, .afterQuote):
        currentLine += 1
        dropCarriageReturn()
        if ends.isEmpty && text.isEmpty && state != .afterQuote {
          line = currentLine
          state = .fieldStart
          continue
        }
        ends.append(text.count)
        return true
      case (0x2C, .fieldStart), (0x2C, .plain), (0x2C, .afterQuote):
        ends.append(text.count)
        guard ends.count < Self.maximumColumns else { throw problem("has more than \(Self.maximumColumns) columns") }
        state = .fieldStart
      case (0x22, .fieldStart):
        quoteLine = currentLine
        state = .quoted
      case (0x22, .quoted): state = .afterQuote
      case (0x22, .afterQuote):
        text.append(byte)
        state = .quoted
      case (0x22, .plain):
        throw problem(
          "has a quote within an unquoted field", "Put the whole field in quotes and double the quotes inside it")
      case (0x0D, .afterQuote): text.append(byte)
      case (_, .afterQuote):
        throw problem("has text after a closing quote", "Double the quotes inside a quoted field")
      default:
        if byte == 0x0A { currentLine += 1 }
        text.append(byte)
        if state == .fieldStart { state = .plain }
        guard text.count < Self.maximumRecordLength else {
          throw problem("is longer than \(Self.maximumRecordLength) bytes", "Is a quote left open, or is this not text?")
        }
      }
    }
    guard state != .quoted else {
      line = quoteLine
      throw problem("opens a quote that never closes", "Close it, or remove it")
    }
    dropCarriageReturn()
    if ends.isEmpty && text.isEmpty && state != .afterQuote { return false }
    ends.append(text.count)
    return true
  }

  /// Removes the CR of a CRLF, which belongs to the line's end and not to its last field.
  private mutating func dropCarriageReturn() {
    if text.count > ends.last ?? 0, text.last == 0x0D { text.removeLast() }
  }

  private mutating func refill() throws(DataError) {
    bufferStart = 0
    bufferEnd = try buffer.withUnsafeMutableBufferPointer { [reader] buffer throws(DataError) in
      try reader.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func problem(_ message: String, _ hint: String? = nil) -> DataError {
    DataError(path: reader.path, position: .line(line), message, hint: hint)
  }
}
