/// Names the result of a call of a layer: the layer, which of its calls, and which of its results.
///
/// Written out it is the layer's name, `#2` behind it for its second call, and a control character, which no name has,
/// before the number of a further result.
struct KerasReference {
  private static let mark: Character = "\u{1}"
  private let layer: String
  private let call: Int
  private let result: Int

  /// Reads `[name, call, result]`, as `keras_history` and the ends of a model have it.
  init?(_ parts: [JSONValue]) {
    guard let name = parts.first?.string else { return nil }
    layer = name.replacing("/", with: ".")
    // Numbers beyond any that a model has name nothing, and must not overflow.
    func number(_ place: Int) -> Int { place < parts.count ? min(max(0, parts[place].integer ?? 0), 1 << 32) : 0 }
    (call, result) = (number(1), number(2))
  }

  func text(prefix: String) -> String { Self.result(result, of: Self.node(prefix + layer, call: call)) }

  /// A call of a layer.
  static func node(_ layer: String, call: Int) -> String { call == 0 ? layer : "\(layer)#\(call + 1)" }

  /// One of the results of a call.
  static func result(_ number: Int, of node: String) -> String { number == 0 ? node : "\(node)\(mark)\(number)" }

  /// The call that gives a result.
  static func node(of result: String) -> String { result.firstIndex(of: mark).map { String(result[..<$0]) } ?? result }

  /// Whether this is another result than a call's first.
  static func isFurther(_ result: String) -> Bool { result.contains(mark) }
}

/// One call of a layer in a functional model, as `inbound_nodes` has it.
struct KerasCall {
  /// What an operation is called with, in order.
  enum Operand: Equatable {
    case tensor(String)
    case constant(JSONValue)
  }

  /// Results of other layers that it reads, in the order of the call.
  private(set) var inputs: [String] = []
  /// For each of these the name of its argument; nil where the call gives none.
  private(set) var inputNames: [String?] = []
  /// The same with constants between them.
  private(set) var operands: [Operand] = []
  private(set) var arguments: JSONValue = .object([])
  /// What stands between the brackets of `x[...]`.
  private(set) var item: JSONValue?
  /// How often the layer is called in the whole model, calls of models around it counted.
  var shares = 1

  /// A call with results of other layers alone.
  init(reading inputs: [String]) {
    self.inputs = inputs
    inputNames = inputs.map { _ in nil }
    operands = inputs.map { .tensor($0) }
  }

  /// Reads a call.
  ///
  /// - Parameters:
  ///   - call: The element of `inbound_nodes`.
  ///   - prefix: What stands before the names of the model's layers.
  init(_ call: JSONValue, prefix: String) {
    if call["args"] != nil {
      // Keras 3.
      collect(call["args"], name: nil, prefix, isOperand: true)
      if let list = call["args"]?.array, list.count == 2 { item = list[1] }
      var rest: [JSONValue.Member] = []
      for member in call["kwargs"]?.members ?? [] {
        let before = inputs.count
        // Inputs of a call by name, such as the query of an attention, follow the others; masks are arguments.
        if !member.key.contains("mask") { collect(member.value, name: member.key, prefix, isOperand: false) }
        if inputs.count == before { rest.append(member) }
      }
      arguments = .object(rest)
    } else {
      // Keras 2: [[name, node, tensor, arguments], ...], or one of them.
      let list = call.array ?? []
      for entry in list.first?.string == nil ? list : [call] {
        guard let parts = entry.array, let reference = KerasReference(parts) else { continue }
        read(reference.text(prefix: prefix), name: nil)
        guard parts.count > 3, let members = parts[3].members else { continue }
        var rest = arguments.members ?? []
        for member in members {
          // `{"y": ["dense", 0, 0]}` is one more input, and `{"y": 2.0}` a constant.
          if let parts = member.value.array, parts.count == 3, parts[1].integer != nil, let other = KerasReference(parts) {
            read(other.text(prefix: prefix), name: member.key)
          } else {
            if member.key == "y", member.value.number != nil { operands.append(.constant(member.value)) }
            rest.append(member)
          }
        }
        arguments = .object(rest)
        item = arguments["slice_spec"]
      }
    }
  }

  private mutating func read(_ name: String, name argument: String?) {
    inputs.append(name)
    inputNames.append(argument)
    operands.append(.tensor(name))
  }

  private mutating func collect(_ value: JSONValue?, name: String?, _ prefix: String, isOperand: Bool) {
    guard let value else { return }
    if value["class_name"]?.string == "__keras_tensor__" {
      guard let reference = value["config"]?["keras_history"]?.array.flatMap({ KerasReference($0) }) else { return }
      read(reference.text(prefix: prefix), name: name)
    } else if let list = value.array {
      for item in list { collect(item, name: name, prefix, isOperand: isOperand) }
    } else if isOperand, !value.isNull {
      operands.append(.constant(value))
    }
  }

  /// Whether a number stands among the operands.
  var hasConstant: Bool { operands.contains { if case .constant = $0 { true } else { false } } }
}
