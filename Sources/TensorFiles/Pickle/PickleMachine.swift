/// Reads the pickle of a PyTorch checkpoint without running it.
///
/// A pickle is a program, and unpickling a stranger's runs it. Here nothing is called: names are symbols, a call of one of
/// the few that stand for tensors makes a description of that tensor, and every other name or opcode is refused where it
/// stands. Values lie in tables and refer to each other by index, so that cycles and deep nesting cost nothing to release.
/// Work and memory are bounded by the length of the pickle.
struct PickleMachine {
  /// What is wrong, and at which byte of the pickle.
  struct Problem: Error {
    var offset: Int
    var message: String
    var hint: String?
  }

  enum Value {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    /// Something that a checkpoint may hold beside its tensors and whose contents do not matter here.
    case opaque
    case symbol(PickleSymbol)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
  }

  /// A storage that the pickle refers to: the member of the archive and the elements that it holds.
  struct Storage {
    var key: String
    /// Nil for untyped storages, whose tensors say their type themselves.
    var type: TensorElementType?
    var count: Int
  }

  struct Tensor {
    var storage: Int
    var type: TensorElementType
    var offset: Int
    var shape: [Int]
    var strides: [Int]
  }

  private(set) var tuples: [[Value]] = []
  private(set) var lists: [[Value]] = []
  private(set) var dictionaries: [[(key: Value, value: Value)]] = []
  private(set) var storages: [Storage] = []
  private(set) var tensors: [Tensor] = []

  private static let mostMarks = 1 << 16
  private static let longestName = 256
  private static let remedy =
    "Save the state dict alone: torch.save(model.state_dict(), path), or better safetensors.torch.save_file"

  private let bytes: [UInt8]
  private var offset = 0
  /// The byte at which the current opcode starts.
  private var start = 0
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Runs to the end and returns the value that the pickle describes.
  mutating func run() throws(Problem) -> Value {
    while true {
      start = offset
      let opcode = try byte()
      guard try !pushLiteral(opcode), try !pushCollection(opcode) else { continue }
      switch UnicodeScalar(opcode) {
      case "\u{80}":
        let version = try byte()
        guard (2...5).contains(version) else { throw problem("the pickle protocol \(version); 2 to 5 are read") }
      // The length of a frame is only a hint for buffering.
      case "\u{95}": _ = try take(8)
      case "(":
        guard marks.count < Self.mostMarks else { throw problem("more than \(Self.mostMarks) open marks") }
        marks.append(stack.count)
      case "0": _ = try pop()
      case "1": _ = try popToMark()
      case "2":
        let top = try pop()
        stack += [top, top]
      case "q": try remember(Int(byte()))
      case "r": try remember(number(4))
      case "\u{94}": try remember(memo.count)
      case "h": try stack.append(recall(Int(byte())))
      case "j": try stack.append(recall(number(4)))
      case "a": try append([pop()])
      case "e": try append(popToMark())
      case "s":
        let value = try pop(), key = try pop()
        try insert([(key, value)])
      case "u": try insert(pairs(popToMark()))
      case "R":
        let arguments = try pop(), function = try pop()
        try stack.append(call(function, arguments))
      case "\u{81}":
        let arguments = try pop(), function = try pop()
        try stack.append(call(function, arguments))
      case "b": try build()
      case "Q": try stack.append(persistent(pop()))
      case ".":
        guard stack.count == 1, marks.isEmpty else {
          throw problem("the pickle ends with \(stack.count) values on its stack")
        }
        return try pop()
      default:
        throw problem("the opcode 0x\(String(opcode, radix: 16, uppercase: true)), which tensors do not need")
      }
    }
  }

  private mutating func pushLiteral(_ opcode: UInt8) throws(Problem) -> Bool {
    switch UnicodeScalar(opcode) {
    case "N": stack.append(.none)
    case "\u{88}": stack.append(.boolean(true))
    case "\u{89}": stack.append(.boolean(false))
    case "K": try stack.append(.integer(number(1)))
    case "M": try stack.append(.integer(number(2)))
    case "J": try stack.append(.integer(Int(Int32(truncatingIfNeeded: number(4)))))
    case "\u{8A}": try stack.append(long(Int(byte())))
    case "\u{8B}": try stack.append(long(number(4)))
    case "G":
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      stack.append(.float(Double(bitPattern: bits)))
    case "X": try stack.append(text(number(4)))
    case "\u{8C}": try stack.append(text(Int(byte())))
    case "\u{8D}": try stack.append(text(large()))
    // Bytes and the strings of Python 2 hold no names of tensors.
    case "B", "T":
      _ = try take(number(4))
      stack.append(.opaque)
    case "C", "U":
      _ = try take(Int(byte()))
      stack.append(.opaque)
    case "\u{8E}", "\u{96}":
      _ = try take(large())
      stack.append(.opaque)
    case "c":
      let module = try line()
      try stack.append(symbol(module, line()))
    case "\u{93}":
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw problem("a name that is no string")
      }
      try stack.append(symbol(module, name))
    default: return false
    }
    return true
  }

  private mutating func pushCollection(_ opcode: UInt8) throws(Problem) -> Bool {
    switch UnicodeScalar(opcode) {
    case ")": stack.append(tuple([]))
    case "\u{85}", "\u{86}", "\u{87}":
      var values: [Value] = []
      for _ in 0..<Int(opcode - 0x84) { values.append(try pop()) }
      stack.append(tuple(values.reversed()))
    case "t":
      let values = try popToMark()
      stack.append(tuple(values))
    case "]": stack.append(list([]))
    case "l":
      let values = try popToMark()
      stack.append(list(values))
    case "}": stack.append(dictionary([]))
    case "d":
      let values = try pairs(popToMark())
      stack.append(dictionary(values))
    // A set is a list whose order says nothing.
    case "\u{8F}": stack.append(list([]))
    case "\u{90}": try append(popToMark())
    case "\u{91}":
      let values = try popToMark()
      stack.append(list(values))
    default: return false
    }
    return true
  }

  private mutating func tuple(_ values: [Value]) -> Value {
    tuples.append(values)
    return .tuple(tuples.count - 1)
  }

  private mutating func list(_ values: [Value]) -> Value {
    lists.append(values)
    return .list(lists.count - 1)
  }

  private mutating func dictionary(_ pairs: [(key: Value, value: Value)]) -> Value {
    dictionaries.append(pairs)
    return .dictionary(dictionaries.count - 1)
  }

  private func symbol(_ module: String, _ name: String) throws(Problem) -> Value {
    if let kind = PickleSymbol.unsupported(module: module, name: name) {
      throw problem(
        "the file holds \(kind.tensor) (\(module.prefix(80)).\(name.prefix(80))), not supported", hint: kind.remedy)
    }
    guard let symbol = PickleSymbol(module: module, name: name) else {
      throw problem("the pickle names \(module.prefix(80)).\(name.prefix(80)), which could run code", hint: Self.remedy)
    }
    return .symbol(symbol)
  }

  private func pairs(_ values: [Value]) throws(Problem) -> [(key: Value, value: Value)] {
    guard values.count % 2 == 0 else { throw problem("a key without a value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func append(_ values: [Value]) throws(Problem) {
    switch stack.last {
    case .list(let index): lists[index] += values
    case .opaque: break
    default: throw problem("values appended to what is no list")
    }
  }

  private mutating func insert(_ pairs: [(key: Value, value: Value)]) throws(Problem) {
    switch stack.last {
    case .dictionary(let index): dictionaries[index] += pairs
    case .opaque: break
    default: throw problem("values inserted into what is no dictionary")
    }
  }

  /// What a call would make, without making it.
  private mutating func call(_ function: Value, _ arguments: Value) throws(Problem) -> Value {
    guard case .symbol(let symbol) = function, case .tuple(let index) = arguments else {
      throw problem("a call of what is no function")
    }
    let arguments = tuples[index]
    switch symbol {
    case .orderedDictionary:
      // Python 2 gave its contents as a list of pairs.
      guard case .list(let index)? = arguments.first else { return dictionary([]) }
      var pairs: [(key: Value, value: Value)] = []
      for case .list(let pair) in lists[index] where lists[pair].count == 2 {
        pairs.append((lists[pair][0], lists[pair][1]))
      }
      return dictionary(pairs)
    case .rebuildTensor: return try tensor(arguments, type: nil)
    case .rebuildTensorOfType:
      guard arguments.count > 6, case .symbol(.elementType(let type)) = arguments[6] else {
        throw problem("a tensor without a type")
      }
      return try tensor(arguments, type: type)
    case .rebuildParameter:
      guard case .tensor? = arguments.first else { throw problem("a parameter without a tensor") }
      return arguments[0]
    case .rebuildFromType:
      guard arguments.count >= 3 else { throw problem("a tensor without its parts") }
      return try call(arguments[0], arguments[2])
    case .list:
      guard let first = arguments.first else { return list([]) }
      return first
    case .opaque: return .opaque
    case .elementType, .storage, .tensorClass: throw problem("a call of a type")
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, ...)`.
  private mutating func tensor(_ arguments: [Value], type: TensorElementType?) throws(Problem) -> Value {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3]), shape.count == strides.count
    else { throw problem("a tensor whose storage, offset, size or stride is missing") }
    guard let type = type ?? storages[storage].type else { throw problem("a tensor of an untyped storage without a type") }
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }), shape.count <= 64 else {
      throw problem("a tensor with a negative offset, size or stride")
    }
    tensors.append(Tensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
    return .tensor(tensors.count - 1)
  }

  private func integers(_ value: Value) -> [Int]? {
    let values: [Value]
    switch value {
    case .tuple(let index): values = tuples[index]
    case .list(let index): values = lists[index]
    default: return nil
    }
    var integers: [Int] = []
    for value in values {
      guard case .integer(let number) = value else { return nil }
      integers.append(number)
    }
    return integers
  }

  /// A state beside an object: attributes of an ordered dictionary, which say nothing about tensors.
  private mutating func build() throws(Problem) {
    _ = try pop()
    switch stack.last {
    case .dictionary, .opaque, .tensor: break
    default: throw problem("a state for what has none")
    }
  }

  /// `("storage", type, key, device, count)`.
  private mutating func persistent(_ identifier: Value) throws(Problem) -> Value {
    guard case .tuple(let index) = identifier, tuples[index].count >= 5, case .text("storage") = tuples[index][0],
      case .symbol(.storage(let type)) = tuples[index][1], case .text(let key) = tuples[index][2],
      case .integer(let count) = tuples[index][4], count >= 0
    else { throw problem("a reference that is no storage of a tensor") }
    storages.append(Storage(key: key, type: type, count: count))
    return .storage(storages.count - 1)
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
    memo[key] = value
  }

  private func recall(_ key: Int) throws(Problem) -> Value {
    guard let value = memo[key] else { throw problem("memo entry \(key), which was not written") }
    return value
  }

  private mutating func byte() throws(Problem) -> UInt8 {
    guard offset < bytes.count else { throw truncated(at: offset) }
    offset += 1
    return bytes[offset - 1]
  }

  private mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - offset else { throw truncated(at: bytes.count) }
    offset += count
    return bytes[offset - count..<offset]
  }

  /// An unsigned little-endian number of up to 4 bytes.
  private mutating func number(_ size: Int) throws(Problem) -> Int {
    try take(size).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// An unsigned little-endian number of 8 bytes.
  private mutating func large() throws(Problem) -> Int {
    let value = try take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: value) else { throw truncated(at: bytes.count) }
    return count
  }

  /// A signed little-endian number of a stated length. Seeds of generators have more than 64 bits, and do not matter.
  private mutating func long(_ size: Int) throws(Problem) -> Value {
    let digits = try take(size)
    guard size <= 8 else { return .opaque }
    let magnitude = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let shift = 64 - 8 * size
    return .integer(size == 0 ? 0 : Int(truncatingIfNeeded: Int64(bitPattern: magnitude << UInt64(shift)) >> Int64(shift)))
  }

  private mutating func text(_ size: Int) throws(Problem) -> Value {
    let bytes = try take(size)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw problem("a string that is not UTF-8") }
    return .text(text)
  }

  private mutating func line() throws(Problem) -> String {
    guard let end = bytes[offset...].prefix(Self.longestName).firstIndex(of: 0x0A) else {
      throw problem("a name without an end")
    }
    defer { offset = end + 1 }
    return String(decoding: bytes[offset..<end], as: UTF8.self)
  }

  private func truncated(at offset: Int) -> Problem {
    Problem(offset: offset, message: "the pickle breaks off: the file is truncated")
  }

  private func problem(_ message: String, hint: String? = nil) -> Problem {
    Problem(offset: start, message: message, hint: hint)
  }
}
