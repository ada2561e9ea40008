/// The layers of a Keras model in an order in which each comes after its inputs, with nested models put in place.
struct KerasGraph {
  /// The most layers of a file, and the most models within each other.
  static let largestCount = 100_000
  static let deepestNesting = 32

  /// A layer that cannot be taken over, and why.
  struct Problem: Equatable {
    var layer: String
    var reason: String
  }

  private(set) var layers: [KerasLayer] = []
  private(set) var inputs: [KerasInput] = []
  private(set) var problems: [Problem] = []
  /// Names of the layers whose results the model returns.
  private(set) var outputs: [String] = []
  /// What stands for the result of a nested model or of its input.
  private var aliases: [String: String] = [:]

  /// The layers whose class has no counterpart, for a model that is refused before its layers are looked at one by one.
  var unknownLayers: [Problem] {
    layers.filter { KerasLayers.converters[$0.type] == nil }
      .map { Problem(layer: $0.title, reason: KerasLayers.reasons[$0.type] ?? "there is no such layer here") }
  }

  /// The file as a whole is no model that can be read.
  struct Refusal: Error {
    var message: String
    var hint: String?
  }

  /// Reads the graph of a model: the object with `class_name` and `config`.
  init(_ model: JSONValue) throws(Refusal) {
    outputs = try append(model, prefix: "", weights: "layers", given: nil, depth: 0)
    outputs = outputs.map(resolved)
    for index in layers.indices { layers[index].inputs = layers[index].inputs.map(resolved) }
    // Every name once, also across nested models.
    var names: Set<String> = Set(inputs.map(\.name))
    for layer in layers {
      guard names.insert(layer.name).inserted else {
        throw Refusal(message: "two layers are called '\(layer.name.prefix(80))'", hint: "Give each a name of its own")
      }
    }
  }

  private func resolved(_ name: String) -> String {
    var name = name
    // Nested models form a tree: no chain of aliases comes back to where it began. The limit is for files that lie.
    for _ in 0..<(4 * Self.deepestNesting) {
      guard let next = aliases[name] else { return name }
      name = next
    }
    return name
  }

  // MARK: Models

  /// Appends a model's layers; returns the names of its results.
  ///
  /// - Parameters:
  ///   - model: The model's object.
  ///   - prefix: What stands before the names of its layers.
  ///   - weights: Where its layers' weights are kept.
  ///   - given: Names of what a nested model reads; nil for the outermost one.
  ///   - depth: How many models stand around it.
  private mutating func append(
    _ model: JSONValue, prefix: String, weights: String, given: [String]?, depth: Int
  ) throws(Refusal) -> [String] {
    guard depth <= Self.deepestNesting else {
      throw Refusal(message: "models nest deeper than \(Self.deepestNesting)", hint: nil)
    }
    guard let type = model["class_name"]?.string, let config = model["config"] else {
      throw Refusal(
        message: "is no Keras model: it has no class_name and config", hint: "Write it with model.save('model.keras')")
    }
    switch type {
    case "Sequential": return try appendSequential(model, config, prefix, weights, given, depth)
    case "Functional",
      "Model" where config["input_layers"] != nil:
      return try appendFunctional(config, prefix, weights, given, depth)
    default:
      throw Refusal(
        message: "is of the class \(type.prefix(80)), whose layers only its own program knows",
        hint: "Sequential and functional models can be read. Write the same layers as one of them, or audit the model as "
          + "ONNX: model.export('model.onnx', format='onnx')")
    }
  }

  static func isModel(_ type: String) -> Bool { ["Sequential", "Functional", "Model"].contains(type) }

  private mutating func appendSequential(
    _ model: JSONValue, _ config: JSONValue, _ prefix: String, _ weights: String, _ given: [String]?, _ depth: Int
  ) throws(Refusal) -> [String] {
    // Keras 1 and early Keras 2 wrote the list alone.
    guard let list = config.array ?? config["layers"]?.array else {
      throw Refusal(message: "a Sequential model has no list of layers", hint: nil)
    }
    var current = given
    var names = KerasWeightNames()
    for (index, entry) in list.enumerated() {
      let (type, name) = try head(entry, at: index, in: prefix)
      let path = "\(weights)/\(names.next(type))"
      if type == "InputLayer" {
        guard index == 0 else {
          throw Refusal(message: "'\(name)' is an input in the middle of a Sequential model", hint: nil)
        }
        if let given {
          guard given.count == 1 else {
            throw Refusal(message: "a Sequential model takes one input, got \(given.count)", hint: nil)
          }
          aliases[name] = given[0]
        } else {
          try addInput(name, entry["config"])
          current = [name]
        }
        continue
      }
      if current == nil {
        // The first layer of Keras 2 states the shape; later ones note it where the model is built.
        let own =
          entry["config"]?["batch_input_shape"] ?? entry["config"]?["batch_shape"] ?? config["build_input_shape"]
          ?? model["build_config"]?["input_shape"]
        guard let own, !own.isNull else {
          throw Refusal(
            message: "the shape of its input is not known",
            hint: "Begin the model with keras.Input(shape=...), or save it after model.build(...)")
        }
        try addInput(prefix + "input", .object([.init(key: "batch_shape", value: own)]))
        current = [prefix + "input"]
      }
      current = try append(entry, type, name, path, inputs: current ?? [], arguments: .object([]), depth)
    }
    guard let current, !layers.isEmpty || given != nil else {
      throw Refusal(message: "the model has no layers", hint: nil)
    }
    return current
  }

  private mutating func appendFunctional(
    _ config: JSONValue, _ prefix: String, _ weights: String, _ given: [String]?, _ depth: Int
  ) throws(Refusal) -> [String] {
    guard let list = config["layers"]?.array else {
      throw Refusal(message: "a functional model has no list of layers", hint: nil)
    }
    var entries: [String: FunctionalEntry] = [:]
    var order: [String] = []
    var paths = KerasWeightNames()
    for (index, entry) in list.enumerated() {
      let (type, name) = try head(entry, at: index, in: prefix)
      let calls = entry["inbound_nodes"]?.array ?? []
      let path = "\(weights)/\(paths.next(type))"
      guard entries[name] == nil else {
        throw Refusal(message: "two layers are called '\(name.prefix(80))'", hint: "Give each a name of its own")
      }
      var made = FunctionalEntry(value: entry, type: type, path: path, inputs: [], arguments: .object([]))
      if calls.count > 1 {
        problems.append(
          Problem(
            layer: "\(name) (\(type))",
            reason: "is used at \(calls.count) places; layers that share weights have no counterpart"))
      }
      if let call = calls.first {
        let read = KerasCall(call)
        made.inputs = read.tensors.map { prefix + $0.layer }
        made.arguments = read.arguments
        if read.tensors.contains(where: { $0.output != 0 }) {
          problems.append(Problem(layer: "\(name) (\(type))", reason: "reads a second result of another layer"))
        }
      }
      entries[name] = made
      order.append(name)
    }
    let inputNames = Self.ends(config["input_layers"]).map { prefix + $0 }
    let outputNames = Self.ends(config["output_layers"]).map { prefix + $0 }
    guard !inputNames.isEmpty, !outputNames.isEmpty else {
      throw Refusal(message: "a functional model names no input or output layers", hint: nil)
    }
    for (index, name) in inputNames.enumerated() {
      guard let entry = entries[name] else {
        throw Refusal(message: "there is no input layer '\(name.prefix(80))'", hint: nil)
      }
      if let given {
        guard index < given.count else {
          throw Refusal(message: "a nested model takes \(inputNames.count) inputs, got \(given.count)", hint: nil)
        }
        aliases[name] = given[index]
      } else {
        try addInput(name, entry.value["config"])
      }
    }
    for name in try sorted(outputNames, entries, inputs: Set(inputNames)) {
      guard let entry = entries[name] else { continue }
      let results = try append(
        entry.value, entry.type, name, entry.path, inputs: entry.inputs, arguments: entry.arguments, depth)
      if results != [name], let first = results.first { aliases[name] = first }
    }
    return outputNames
  }

  private struct FunctionalEntry {
    var value: JSONValue
    var type: String
    var path: String
    var inputs: [String]
    var arguments: JSONValue
  }

  /// The layers that the outputs need, each after its inputs.
  private func sorted(
    _ outputs: [String], _ entries: [String: FunctionalEntry], inputs: Set<String>
  ) throws(Refusal) -> [String] {
    var order: [String] = []
    var done = inputs
    var open: Set<String> = []
    var stack = outputs.reversed().map { (name: $0, next: 0) }
    while let (name, next) = stack.last {
      if done.contains(name) {
        stack.removeLast()
        continue
      }
      guard let entry = entries[name] else { throw Refusal(message: "there is no layer '\(name.prefix(80))'", hint: nil) }
      if next == 0 {
        guard open.insert(name).inserted else {
          throw Refusal(message: "the layer '\(name.prefix(80))' needs its own result", hint: nil)
        }
      }
      if next < entry.inputs.count {
        stack[stack.count - 1].next += 1
        let input = entry.inputs[next]
        guard !open.contains(input) || done.contains(input) else {
          throw Refusal(message: "the layer '\(input.prefix(80))' needs its own result", hint: nil)
        }
        stack.append((input, 0))
      } else {
        stack.removeLast()
        done.insert(name)
        order.append(name)
      }
    }
    return order
  }

  // MARK: Layers

  /// Appends a layer, or a nested model in its place; returns the names of its results.
  private mutating func append(
    _ entry: JSONValue, _ type: String, _ name: String, _ path: String, inputs: [String], arguments: JSONValue, _ depth: Int
  ) throws(Refusal) -> [String] {
    guard layers.count < Self.largestCount else {
      throw Refusal(message: "has more than \(Self.largestCount) layers", hint: nil)
    }
    if Self.isModel(type), entry["registered_name"]?.string.map({ Self.isModel($0) }) ?? true {
      return try append(entry, prefix: name + ".", weights: "\(path)/layers", given: inputs, depth: depth + 1)
    }
    var module = entry["module"]?.string ?? ""
    // A class of the user's own may have the name of one of Keras's.
    if let registered = entry["registered_name"]?.string, registered != type { module = registered }
    layers.append(
      KerasLayer(
        name: name, type: type, module: module, fields: KerasFields(entry["config"]), inputs: inputs, arguments: arguments,
        weightPath: path))
    return [name]
  }

  private mutating func addInput(_ name: String, _ config: JSONValue?) throws(Refusal) {
    let fields = KerasFields(config)
    do {
      guard let shape = try fields.shape("batch_shape") ?? fields.shape("batch_input_shape"), !shape.isEmpty else {
        throw Refusal(message: "the input '\(name.prefix(80))' has no shape", hint: nil)
      }
      inputs.append(KerasInput(name: name, shape: Array(shape.dropFirst())))
    } catch let stop as KerasStop {
      if case .problem(let reason) = stop { throw Refusal(message: "the input '\(name.prefix(80))': \(reason)", hint: nil) }
    } catch let refusal as Refusal {
      throw refusal
    } catch {}
  }

  private func head(_ entry: JSONValue, at index: Int, in prefix: String) throws(Refusal) -> (type: String, name: String) {
    guard let type = entry["class_name"]?.string else {
      throw Refusal(message: "layer \(index + 1) has no class_name", hint: nil)
    }
    // A Sequential model that is nested in old files is a list and has no name.
    let name =
      entry["name"]?.string ?? entry["config"]?["name"]?.string ?? "\(KerasWeightNames.snakeCase(type))_\(index + 1)"
    guard !name.isEmpty, name.utf8.count <= 500,
      !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { throw Refusal(message: "the name of layer \(index + 1) is empty, too long or has control characters", hint: nil) }
    return (type, prefix + name.replacing("/", with: "."))
  }

  /// The names under `input_layers` and `output_layers`: one entry `[name, 0, 0]`, or a list of them; by key in some files.
  private static func ends(_ value: JSONValue?) -> [String] {
    guard let value else { return [] }
    if let members = value.members { return members.flatMap { ends($0.value) } }
    guard let list = value.array, let first = list.first else { return [] }
    if let name = first.string { return [name.replacing("/", with: ".")] }
    return list.flatMap { ends($0) }
  }
}

/// One call of a layer in a functional model, as `inbound_nodes` has it.
struct KerasCall {
  /// The layer whose result is read, and which result.
  struct Tensor: Equatable {
    var layer: String
    var output: Int
  }
  private(set) var tensors: [Tensor] = []
  private(set) var arguments: JSONValue = .object([])

  init(_ call: JSONValue) {
    if call["args"] != nil {
      // Keras 3.
      collect(call["args"])
      var rest: [JSONValue.Member] = []
      for member in call["kwargs"]?.members ?? [] {
        let before = tensors.count
        // Inputs of a call by name, such as the query of an attention, follow the others; masks are arguments.
        if !member.key.contains("mask") { collect(member.value) }
        if tensors.count == before { rest.append(member) }
      }
      arguments = .object(rest)
      if Self.hasConstant(call["args"]) {
        rest.append(.init(key: "a constant operand", value: .boolean(true)))
        arguments = .object(rest)
      }
    } else {
      // Keras 2: [[name, node, tensor, arguments], ...], or one of them.
      let list = call.array ?? []
      for entry in list.first?.string == nil ? list : [call] {
        guard let parts = entry.array, let name = parts.first?.string else { continue }
        tensors.append(Tensor(layer: name.replacing("/", with: "."), output: parts.count > 2 ? parts[2].integer ?? 0 : 0))
        if parts.count > 3, let members = parts[3].members {
          var rest = arguments.members ?? []
          for member in members {
            // `{"y": ["dense", 0, 0]}` is one more input.
            if let parts = member.value.array, parts.count == 3, let name = parts[0].string, parts[1].integer != nil {
              tensors.append(Tensor(layer: name.replacing("/", with: "."), output: parts[2].integer ?? 0))
            } else {
              rest.append(member)
            }
          }
          arguments = .object(rest)
        }
      }
    }
  }

  private mutating func collect(_ value: JSONValue?) {
    guard let value else { return }
    if value["class_name"]?.string == "__keras_tensor__" {
      guard let history = value["config"]?["keras_history"]?.array, let name = history.first?.string else { return }
      tensors.append(Tensor(layer: name.replacing("/", with: "."), output: history.count > 2 ? history[2].integer ?? 0 : 0))
    } else if let list = value.array {
      for item in list { collect(item) }
    }
  }

  private static func hasConstant(_ value: JSONValue?) -> Bool {
    guard let value else { return false }
    switch value {
    case .number, .boolean: return true
    case .array(let list): return list.contains { hasConstant($0) }
    default: return false
    }
  }
}
