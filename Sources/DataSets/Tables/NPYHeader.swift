/// The header of a .npy file: element type, order and shape (numpy.lib.format, versions 1 to 3).
///
/// The header is a Python dictionary literal with exactly the keys `descr`, `fortran_order` and `shape`. Only that much
/// of Python is understood: nothing is evaluated.
package struct NPYHeader: Equatable {
  package var elementType: ElementType
  package var isBigEndian: Bool
  package var isFortranOrder: Bool
  package var shape: [Int]

  /// Characters per string of `text` and `bytes`; 0 for other types.
  var textLength = 0

  package enum ElementType: String, CaseIterable {
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"
    case bool = "b1"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    /// Strings of a fixed number of UTF-32 characters.
    case text = "U"
    /// Strings of a fixed number of bytes.
    case bytes = "S"
    /// Pickled Python objects, which only one reader accepts.
    case object = "O"

    /// Bytes per element, or per character of strings; 1 for objects, which have no size of their own.
    var size: Int {
      switch self {
      case .bool, .uint8, .int8, .bytes, .object: 1
      case .float16, .uint16, .int16: 2
      case .float32, .uint32, .int32, .text: 4
      case .float64, .uint64, .int64: 8
      }
    }

    var isFloat: Bool { self == .float16 || self == .float32 || self == .float64 }
    var isText: Bool { self == .text || self == .bytes }
  }

  /// Bytes per element.
  var elementSize: Int { elementType.isText ? elementType.size * textLength : elementType.size }

  /// What is wrong with a header, and at which byte.
  package struct Problem: Error {
    package var offset: Int
    package var message: String
    package var hint: String?
  }

  package init(parsing text: [UInt8]) throws(Problem) {
    var scanner = Scanner(text: text)
    var descriptor: String?
    var order: Bool?
    var shape: [Int]?
    try scanner.expect("{")
    while !scanner.skip("}") {
      let start = scanner.offset
      let key = try scanner.string()
      try scanner.expect(":")
      let isRepeated =
        switch key {
        case "descr": descriptor != nil
        case "fortran_order": order != nil
        case "shape": shape != nil
        default: throw Problem(offset: start, message: "the header has the unknown key '\(key)'", hint: Self.remedy)
        }
      guard !isRepeated else { throw Problem(offset: start, message: "the header repeats '\(key)'", hint: Self.remedy) }
      switch key {
      case "descr":
        guard scanner.peek() != UInt8(ascii: "[") else {
          throw Problem(offset: scanner.offset, message: "the elements are records of several fields", hint: Self.typeRemedy)
        }
        descriptor = try scanner.string()
      case "fortran_order": order = try scanner.boolean()
      default: shape = try scanner.tuple()
      }
      if !scanner.skip(",") {
        try scanner.expect("}")
        break
      }
    }
    try scanner.end()
    guard let descriptor, let order, let shape else {
      let missing = descriptor == nil ? "descr" : order == nil ? "fortran_order" : "shape"
      throw Problem(offset: 0, message: "the header lacks '\(missing)'", hint: Self.remedy)
    }
    (elementType, isBigEndian, textLength) = try Self.type(descriptor)
    isFortranOrder = order
    self.shape = shape
  }

  /// The longest string that a label may have.
  private static let longestText = 4096

  private static func type(_ descriptor: String) throws(Problem) -> (ElementType, isBigEndian: Bool, textLength: Int) {
    if let mark = descriptor.first, "<>|".contains(mark) {
      let name = descriptor.dropFirst()
      if let type = ElementType(rawValue: String(name)), !type.isText, mark != "|" || type.size == 1 {
        return (type, mark == ">", 0)
      }
      if let type = ElementType(rawValue: String(name.prefix(1))), type.isText, let length = Int(name.dropFirst()),
        (1...longestText).contains(length)
      {
        return (type, mark == ">", length)
      }
    }
    throw Problem(offset: 0, message: "the elements are of type '\(descriptor)'", hint: typeRemedy)
  }

  private static let remedy = "Write the array again with numpy.save"
  package static let typeRemedy =
    "Convert it: numpy.save(path, array.astype(numpy.float32)); float16 to float64, bool and whole numbers of 8 to 64 bits "
    + "are read, and as labels also text (array.astype(str))"

  /// Reads the few Python literals of which a header consists.
  private struct Scanner {
    let text: [UInt8]
    private(set) var offset = 0

    init(text: [UInt8]) { self.text = text }

    /// The next byte that is not white space; nil at the end.
    mutating func peek() -> UInt8? {
      while offset < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[offset]) { offset += 1 }
      return offset < text.count ? text[offset] : nil
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard peek() == UInt8(ascii: character) else { return false }
      offset += 1
      return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
      guard skip(character) else { throw syntax("'\(character)'") }
    }

    mutating func end() throws(Problem) {
      guard peek() == nil else { throw syntax("nothing more") }
    }

    mutating func string() throws(Problem) -> String {
      guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw syntax("a string") }
      let start = offset + 1
      // No known name or type contains an escape or takes more than 32 bytes.
      guard let end = text[start...].prefix(33).firstIndex(of: quote) else { throw syntax("a short string") }
      offset = end + 1
      return String(decoding: text[start..<end], as: UTF8.self)
    }

    mutating func boolean() throws(Problem) -> Bool {
      _ = peek()
      for (word, value) in [("True", true), ("False", false)] where text[offset...].starts(with: word.utf8) {
        offset += word.utf8.count
        return value
      }
      throw syntax("True or False")
    }

    mutating func tuple() throws(Problem) -> [Int] {
      try expect("(")
      var sizes: [Int] = []
      while !skip(")") {
        sizes.append(try integer())
        // Python 2 wrote long integers as 60000L.
        _ = skip("L")
        if !skip(",") {
          try expect(")")
          break
        }
      }
      return sizes
    }

    mutating func integer() throws(Problem) -> Int {
      var value = 0
      var digits = 0
      while let next = digits == 0 ? peek() : offset < text.count ? text[offset] : nil, (0x30...0x39).contains(next) {
        let scaled = value.multipliedReportingOverflow(by: 10)
        let sum = scaled.partialValue.addingReportingOverflow(Int(next - 0x30))
        guard !scaled.overflow, !sum.overflow else {
          throw Problem(offset: offset, message: "the shape has a size beyond 64 bits", hint: NPYHeader.remedy)
        }
        value = sum.partialValue
        offset += 1
        digits += 1
      }
      guard digits > 0 else { throw syntax("a size") }
      return value
    }

    private func syntax(_ expected: String) -> Problem {
      Problem(
        offset: offset, message: "the header is malformed: \(expected) expected at its byte \(offset)",
        hint: NPYHeader.remedy)
    }
  }
}
