/// Reads one kind of Python pickle without running it: a one-dimensional NumPy array of objects whose elements are lists of
/// whole numbers.
///
/// A pickle is a program, and unpickling a stranger's runs it. Here nothing is called: the machine knows integers, strings,
/// tuples and lists, and five names (NumPy's array, its reconstruction, its type of objects, the codec that protocol 2
/// spells bytes with) that are symbols and no more. Every other name or opcode is refused where it stands.
///
/// Work and memory are bounded by the length of the file: no list can be referred to twice, tuples do not nest deeper than
/// NumPy's, and the stack and the memo have limits above what NumPy needs.
package struct PickledLists {
  /// What is wrong, and at which byte of the pickle.
  package struct Problem: Error {
    package var offset: Int
    package var message: String
  }

  /// A value on the pickle machine's stack.
  indirect enum Value {
    case none
    case integer(Int)
    case string([UInt8])
    case symbol(Symbol)
    /// `depth` is 1 where the tuple contains no other tuple.
    case tuple([Value], depth: Int)
    case list(List)
    /// `numpy.dtype('O8')`, whether or not its state was set.
    case objectType
    /// An array before it is given its contents.
    case emptyArray
    /// The finished array.
    case array(count: Int, List)
  }

  enum Symbol: CaseIterable {
    case reconstruct, array, type, encode
  }

  /// A list of integers or a list of such lists, never mixed.
  final class List {
    var numbers: [Int32] = []
    var lists: [List] = []
    var isEmpty: Bool { numbers.isEmpty && lists.isEmpty }
  }

  static let maximumStack = 1 << 16
  static let maximumMemo = 1 << 22
  static let maximumTupleDepth = 3
  private static let maximumStringLength = 256

  private let bytes: [UInt8]
  private var offset = 0
  /// The byte at which the current opcode starts.
  private var start = 0
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads the lists of the array from `bytes`, a whole pickle.
  package static func lists(in bytes: [UInt8]) throws(Problem) -> [[Int32]] {
    var machine = PickledLists(bytes)
    guard case .array(let count, let list) = try machine.run() else {
      throw machine.problem("the pickle is no NumPy array of objects")
    }
    guard list.numbers.isEmpty, list.lists.count == count else {
      throw machine.problem("the array declares \(count) lists and holds \(list.lists.count)")
    }
    guard machine.offset == bytes.count else {
      throw Problem(offset: machine.offset, message: "\(bytes.count - machine.offset) bytes follow the pickle's end")
    }
    return list.lists.map(\.numbers)
  }

  private mutating func run() throws(Problem) -> Value {
    while true {
      start = offset
      let opcode = try byte()
      guard try !push(opcode) else { continue }
      switch UnicodeScalar(opcode) {
      case "\u{80}":
        let version = try byte()
        guard (2...5).contains(version) else { throw problem("the pickle protocol \(version); 2 to 5 are read") }
      // The length of a frame is only a hint for buffering.
      case "\u{95}": _ = try take(8)
      case "(":
        guard marks.count < 16 else { throw problem("more than 16 open marks") }
        marks.append(stack.count)
      case "q": try remember(Int(byte()))
      case "r": try remember(number(4))
      case "\u{94}": try remember(memo.count)
      case "h": try push(recall(Int(byte())))
      case "j": try push(recall(number(4)))
      case "a": try append([pop()])
      case "e": try append(popToMark())
      case "R": try reduce()
      case "b": try build()
      case ".":
        guard stack.count == 1, marks.isEmpty else {
          throw problem("the pickle ends with \(stack.count) values on its stack")
        }
        return try pop()
      default:
        throw problem("the opcode \(Self.hexadecimal(opcode)), which lists of whole numbers do not need")
      }
    }
  }

  // MARK: - Opcodes that push a value made of what follows them or of the stack's top

  private mutating func push(_ opcode: UInt8) throws(Problem) -> Bool {
    switch UnicodeScalar(opcode) {
    case "N": try push(.none)
    case "\u{88}": try push(.integer(1))
    case "\u{89}": try push(.integer(0))
    case "K": try push(.integer(number(1)))
    case "M": try push(.integer(number(2)))
    case "J": try push(.integer(Int(Int32(truncatingIfNeeded: number(4)))))
    case "\u{8A}": try push(.integer(long()))
    case "X", "B", "T": try push(.string(text(number(4))))
    case "\u{8C}", "C", "U": try push(.string(text(Int(byte()))))
    case "c":
      let module = try line()
      try push(symbol(module, line()))
    case "\u{93}":
      guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
        throw problem("a name that is no string")
      }
      try push(symbol(module, name))
    case ")": try push(.tuple([], depth: 1))
    case "\u{85}", "\u{86}", "\u{87}":
      var values: [Value] = []
      for _ in 0..<Int(opcode - 0x84) { values.append(try pop()) }
      try push(tuple(values.reversed()))
    case "t":
      let values = try popToMark()
      try push(tuple(values))
    case "]": try push(.list(List()))
    default: return false
    }
    return true
  }

  private func tuple(_ values: [Value]) throws(Problem) -> Value {
    var depth = 1
    for case .tuple(_, let inner) in values { depth = max(depth, inner + 1) }
    guard depth <= Self.maximumTupleDepth else { throw problem("tuples nested deeper than \(Self.maximumTupleDepth)") }
    return .tuple(values, depth: depth)
  }

  private func symbol(_ module: [UInt8], _ name: [UInt8]) throws(Problem) -> Value {
    let full = String(decoding: module, as: UTF8.self) + "." + String(decoding: name, as: UTF8.self)
    switch full {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": return .symbol(.reconstruct)
    case "numpy.ndarray": return .symbol(.array)
    case "numpy.dtype": return .symbol(.type)
    case "_codecs.encode": return .symbol(.encode)
    default: throw problem("the pickle names \(full.prefix(80)), which could run code")
    }
  }

  // MARK: - Opcodes that work on what is there

  private mutating func append(_ values: [Value]) throws(Problem) {
    guard case .list(let list) = stack.last else { throw problem("values appended to what is no list") }
    for value in values {
      switch value {
      case .integer(let number) where list.lists.isEmpty:
        guard let number = Int32(exactly: number) else { throw problem("the number \(number), beyond 32 bits") }
        list.numbers.append(number)
      case .list(let inner) where list.numbers.isEmpty && inner.lists.isEmpty && inner !== list: list.lists.append(inner)
      default: throw problem("a list element that is neither a whole number nor a list of such")
      }
    }
  }

  private mutating func reduce() throws(Problem) {
    guard case .tuple(let arguments, _) = try pop(), case .symbol(let symbol) = try pop() else {
      throw problem("a call of what is no function")
    }
    switch (symbol, arguments.count) {
    case (.reconstruct, 3):
      guard case .symbol(.array) = arguments[0] else { throw problem("a reconstruction of what is no array") }
      try push(.emptyArray)
    case (.type, 1...3):
      guard case .string(let name) = arguments[0], name.first == UInt8(ascii: "O") else {
        throw problem("an array of what are no objects")
      }
      try push(.objectType)
    case (.encode, 2):
      guard case .string = arguments[0] else { throw problem("an encoding of what is no string") }
      try push(arguments[0])
    default: throw problem("a call with \(arguments.count) arguments")
    }
  }

  private mutating func build() throws(Problem) {
    let state = try pop()
    switch (try pop(), state) {
    case (.objectType, .tuple): try push(.objectType)
    // Version, shape, type, whether in Fortran order (which means the same in one dimension), contents.
    case (.emptyArray, .tuple(let parts, _)) where parts.count == 5:
      guard case .integer = parts[0], case .tuple(let shape, _) = parts[1], shape.count == 1,
        case .integer(let count) = shape[0], case .objectType = parts[2], case .list(let list) = parts[4]
      else { throw problem("an array that is not one-dimensional, or not of objects") }
      try push(.array(count: count, list))
    default: throw problem("a state for what has none")
    }
  }

  // MARK: - Stack and memo

  private mutating func push(_ value: Value) throws(Problem) {
    guard stack.count < Self.maximumStack else { throw problem("more than \(Self.maximumStack) values on the stack") }
    stack.append(value)
  }

  private mutating func pop() throws(Problem) -> Value {
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw problem("a value that is not there") }
    return value
  }

  private mutating func popToMark() throws(Problem) -> [Value] {
    guard let mark = marks.popLast() else { throw problem("no mark to go back to") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func remember(_ key: Int) throws(Problem) {
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw problem("nothing to remember") }
    guard memo.count < Self.maximumMemo else { throw problem("more than \(Self.maximumMemo) values remembered") }
    // Lists and arrays may not be recalled, so the memo cannot share them or keep their contents alive.
    switch value {
    case .list, .array, .emptyArray: memo[key] = Value.none
    default: memo[key] = value
    }
  }

  private func recall(_ key: Int) throws(Problem) -> Value {
    guard let value = memo[key] else { throw problem("memo entry \(key), which was not written") }
    if case .none = value { throw problem("a second reference to memo entry \(key), a list or an array") }
    return value
  }

  // MARK: - Bytes

  private mutating func byte() throws(Problem) -> UInt8 {
    guard offset < bytes.count else {
      throw Problem(offset: offset, message: "the pickle breaks off: the file is truncated")
    }
    offset += 1
    return bytes[offset - 1]
  }

  private mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
    guard count <= bytes.count - offset else {
      throw Problem(offset: bytes.count, message: "the pickle breaks off: the file is truncated")
    }
    offset += count
    return bytes[offset - count..<offset]
  }

  /// An unsigned little-endian number of up to 4 bytes.
  private mutating func number(_ size: Int) throws(Problem) -> Int {
    try take(size).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A signed little-endian number of a stated length.
  private mutating func long() throws(Problem) -> Int {
    let size = Int(try byte())
    guard size <= 8 else { throw problem("a number of \(size) bytes") }
    let magnitude = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let shift = 64 - 8 * size
    return size == 0 ? 0 : Int(truncatingIfNeeded: Int64(bitPattern: magnitude << UInt64(shift)) >> Int64(shift))
  }

  private mutating func text(_ size: Int) throws(Problem) -> [UInt8] {
    guard size <= Self.maximumStringLength else { throw problem("a string of \(size) bytes") }
    return Array(try take(size))
  }

  private mutating func line() throws(Problem) -> [UInt8] {
    guard let end = bytes[offset...].prefix(Self.maximumStringLength).firstIndex(of: 0x0A) else {
      throw problem("a name without an end")
    }
    defer { offset = end + 1 }
    return Array(bytes[offset..<end])
  }

  private func problem(_ message: String) -> Problem { Problem(offset: start, message: message) }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}
