/// The layers of a Keras model in an order in which each comes after its inputs, with nested models put in place.
struct KerasGraph {
  /// The most layers of a file, and the most models within each other.
  static let largestCount = 100_000
  private static let largestEntryCount = 500_000
  static let deepestNesting = 32

  /// A layer that cannot be taken over, and why.
  struct Problem: Equatable {
    var layer: String
    var reason: String
  }

  /// One entry for each call of a layer: a layer that is called twice stands here twice, with the same weights.
  private(set) var layers: [KerasLayer] = []
  private(set) var inputs: [KerasInput] = []
  /// The results that the model returns, as ``KerasReference`` writes them.
  private(set) var outputs: [String] = []
  /// Entries of all models that were put in place: a model that is called twice is put in place twice.
  private var entryCount = 0
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
    try self.init(model, prefix: "", weights: "layers", given: nil)
  }

  /// Reads the graph of a model within a layer, whose inputs have the given names.
  init(_ model: JSONValue, prefix: String, weights: String, given: [String]?) throws(Refusal) {
    outputs = try append(model, prefix: prefix, weights: weights, given: given, shares: 1, depth: 0)
    outputs = outputs.map(resolved)
    for index in layers.indices {
      layers[index].inputs = layers[index].inputs.map(resolved)
      layers[index].operands = layers[index].operands.map {
        if case .tensor(let name) = $0 { .tensor(resolved(name)) } else { $0 }
      }
    }
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
  ///   - shares: How often the models around it are called: its layers share their weights then.
  ///   - depth: How many models stand around it.
  private mutating func append(
    _ model: JSONValue, prefix: String, weights: String, given: [String]?, shares: Int, depth: Int
  ) throws(Refusal) -> [String] {
    guard depth <= Self.deepestNesting else {
      throw Refusal(message: "models nest deeper than \(Self.deepestNesting)", hint: nil)
    }
    guard let type = model["class_name"]?.string, let config = model["config"] else {
      throw Refusal(
        message: "is no Keras model: it has no class_name and config", hint: "Write it with model.save('model.keras')")
    }
    switch type {
    case "Sequential": return try appendSequential(model, config, prefix, weights, given, shares, depth)
    case "Functional",
      "Model" where config["input_layers"] != nil:
      return try appendFunctional(config, prefix, weights, given, shares, depth)
    default:
      throw Refusal(
        message: "is of the class \(type.prefix(80)), whose layers only its own program knows",
        hint: "Sequential and functional models can be read. Write the same layers as one of them, or audit the model as "
          + "ONNX: model.export('model.onnx', format='onnx')")
    }
  }

  static func isModel(_ type: String) -> Bool { ["Sequential", "Functional", "Model"].contains(type) }

  private mutating func appendSequential(
    _ model: JSONValue, _ config: JSONValue, _ prefix: String, _ weights: String, _ given: [String]?, _ shares: Int,
    _ depth: Int
  ) throws(Refusal) -> [String] {
    // Keras 1 and early Keras 2 wrote the list alone.
    guard let list = config.array ?? config["layers"]?.array else {
      throw Refusal(message: "a Sequential model has no list of layers", hint: nil)
    }
    try count(list)
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
      var call = KerasCall(reading: current ?? [])
      call.shares = shares
      current = try append(entry, type, name, path, call, depth)
    }
    guard let current, !layers.isEmpty || given != nil else {
      throw Refusal(message: "the model has no layers", hint: nil)
    }
    return current
  }

  private mutating func appendFunctional(
    _ config: JSONValue, _ prefix: String, _ weights: String, _ given: [String]?, _ shares: Int, _ depth: Int
  ) throws(Refusal) -> [String] {
    guard let list = config["layers"]?.array else {
      throw Refusal(message: "a functional model has no list of layers", hint: nil)
    }
    try count(list)
    var entries: [String: FunctionalEntry] = [:]
    var paths = KerasWeightNames()
    for (index, entry) in list.enumerated() {
      let (type, name) = try head(entry, at: index, in: prefix)
      let calls = entry["inbound_nodes"]?.array ?? []
      let path = "\(weights)/\(paths.next(type))"
      guard entries[name] == nil else {
        throw Refusal(message: "two layers are called '\(name.prefix(80))'", hint: "Give each a name of its own")
      }
      for number in 0..<max(1, calls.count) {
        var call = calls.isEmpty ? KerasCall(reading: []) : KerasCall(calls[number], prefix: prefix)
        // Only whether it is one counts, and products of many could overflow.
        call.shares = min(shares * min(max(1, calls.count), 1 << 20), 1 << 20)
        let node = KerasReference.node(name, call: number)
        guard entries[node] == nil else {
          throw Refusal(message: "two layers are called '\(node.prefix(80))'", hint: "Give each a name of its own")
        }
        entries[node] = FunctionalEntry(value: entry, type: type, path: path, call: call)
      }
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
    for name in try sorted(outputNames.map(KerasReference.node(of:)), entries, inputs: Set(inputNames)) {
      guard let entry = entries[name] else { continue }
      let results = try append(entry.value, entry.type, name, entry.path, entry.call, depth)
      if results != [name] {
        for (place, result) in results.enumerated() { aliases[KerasReference.result(place, of: name)] = result }
      }
    }
    return outputNames
  }

  private struct FunctionalEntry {
    var value: JSONValue
    var type: String
    var path: String
    var call: KerasCall
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
      if next < entry.call.inputs.count {
        stack[stack.count - 1].next += 1
        let input = KerasReference.node(of: entry.call.inputs[next])
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
    _ entry: JSONValue, _ type: String, _ name: String, _ path: String, _ call: KerasCall, _ depth: Int
  ) throws(Refusal) -> [String] {
    guard layers.count < Self.largestCount else {
      throw Refusal(message: "has more than \(Self.largestCount) layers", hint: nil)
    }
    if Self.isModel(type), entry["registered_name"]?.string.map({ Self.isModel($0) }) ?? true {
      return try append(
        entry, prefix: name + ".", weights: "\(path)/layers", given: call.inputs, shares: call.shares, depth: depth + 1)
    }
    layers.append(KerasLayer(entry, type: type, name: name, call: call, weightPath: path))
    return [name]
  }

  private mutating func addInput(_ name: String, _ config: JSONValue?) throws(Refusal) {
    let fields = KerasFields(config)
    do {
      guard let shape = try fields.shape("batch_shape") ?? fields.shape("batch_input_shape"), !shape.isEmpty else {
        throw Refusal(message: "the input '\(name.prefix(80))' has no shape", hint: nil)
      }
      inputs.append(
        KerasInput(name: name, shape: Array(shape.dropFirst()), isInteger: fields["dtype"]?.string?.contains("int") ?? false)
      )
    } catch let stop as KerasStop {
      if case .problem(let reason) = stop { throw Refusal(message: "the input '\(name.prefix(80))': \(reason)", hint: nil) }
    } catch let refusal as Refusal {
      throw refusal
    } catch {}
  }

  /// Counts the entries of a model before any of them is looked at: calls of models within each other multiply.
  private mutating func count(_ entries: [JSONValue]) throws(Refusal) {
    entryCount += entries.count + 1
    guard entryCount <= Self.largestEntryCount else {
      throw Refusal(message: "has more than \(Self.largestEntryCount) layers, those of repeated models counted", hint: nil)
    }
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

  /// What stands under `input_layers` and `output_layers`: one entry `[name, 0, 0]`, or a list of them; by key in some
  /// files.
  private static func ends(_ value: JSONValue?) -> [String] {
    guard let value else { return [] }
    if let members = value.members { return members.flatMap { ends($0.value) } }
    guard let list = value.array, let first = list.first else { return [] }
    if first.string != nil { return KerasReference(list).map { [$0.text(prefix: "")] } ?? [] }
    return list.flatMap { ends($0) }
  }
}
