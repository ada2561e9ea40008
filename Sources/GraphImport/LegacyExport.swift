import ONNXFiles

/// What a file of PyTorch's old exporter, that of TorchScript, tells of its tensors' names.
///
/// The file has no exported program. A tensor of the state dictionary keeps its name; one that the export has turned around
/// or computed is called `onnx::MatMul_142`. Nodes have the path of their module, `/encoder/layers.0/norm/Add`, in which
/// later calls of a module are numbered (`norm_1`) and dictionaries of modules are missing. Equal tensors are stored once,
/// and for each other one an Identity has its name.
struct LegacyExport {
  private let nodes: [ONNXNode]
  private let stored: Set<String>
  private var readers: [String: [ReadingPlace]] = [:]
  private var makers: [String: Int] = [:]
  /// For each name that an Identity gives a merged tensor: the stored one.
  private(set) var copies: [String: String] = [:]
  /// Whether every merged tensor has an Identity, so that one which several modules read without is shared by the model.
  private(set) var marksCopies = false
  /// Whether the copies are the model's own ties: an export for training merges nothing by value, and gives an Identity to
  /// those.
  private(set) var copiesAreTies = false
  /// Names of the state dictionary that the file shows.
  private(set) var names: Set<String> = []
  /// Names of modules that have parameters, and of those around them.
  private var modules: Set<String> = []
  private var scopes: Set<[String]> = []
  /// The modules behind paths, by the parameters that nodes there read.
  private var learned: [Call: Set<[String]>] = [:]

  /// A path of modules without the number of the call, and that number.
  private struct Call: Hashable {
    var path: [String]
    var number = 0
  }

  /// nil where the file is none of that exporter's, or one of its early versions, which gave nodes no paths.
  init?(_ model: ONNXModel) {
    guard Self.isOne(model) else { return nil }
    nodes = model.graph.nodes
    stored = Set(model.graph.initializers.map(\.name))
    for (place, node) in nodes.enumerated() {
      for output in node.outputs { makers[output] = place }
      for (slot, input) in node.inputs.enumerated() where !input.isEmpty {
        readers[input, default: []].append(ReadingPlace(node: place, slot: slot))
      }
      if node.opType == "Identity", !node.name.hasPrefix("/"), let source = node.inputs.first, stored.contains(source),
        let copy = node.outputs.first
      {
        copies[copy] = source
      }
      let scope = ModuleScope(node).parts
      if !scope.isEmpty { scopes.insert(scope) }
    }
    copiesAreTies = Self.isForTraining(model)
    marksCopies = copiesAreTies || !copies.isEmpty || nodes.contains { $0.opType == "Constant" }
    names = stored.union(copies.keys).filter(Self.isStateName)
    for name in names {
      var parts = name.split(separator: ".").map(String.init)
      while parts.count > 1 {
        parts.removeLast()
        modules.insert(parts.joined(separator: "."))
      }
    }
    for node in nodes { learn(node) }
  }

  /// Whether equal tensors of different modules are stored apart.
  private static func isForTraining(_ model: ONNXModel) -> Bool {
    if model.graph.nodes.contains(where: {
      if $0.opType == "BatchNormalization", case .int(1)? = $0.attributes["training_mode"] { true } else { false }
    }) {
      return true
    }
    var found: Set<[Float]> = []
    for tensor in model.graph.initializers where isStateName(tensor.name) && tensor.dims.count == 1 {
      guard tensor.count > 1, tensor.elementType.isFloat, let values = try? tensor.floats(), let first = values.first,
        values.allSatisfy({ $0 == first })
      else { continue }
      if !found.insert([Float(tensor.count), first]).inserted { return true }
    }
    return false
  }

  static func isOne(_ model: ONNXModel) -> Bool {
    model.producerName == "pytorch" && model.graph.signature == nil
      && model.graph.nodes.allSatisfy { $0.metadata.nameScopes.isEmpty }
      && model.graph.nodes.contains { $0.name.hasPrefix("/") }
  }

  /// Whether a tensor's name is one of the state dictionary, and not one that the exporter made: `onnx::Add_12`, `142`.
  static func isStateName(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first?.first, first.isLetter || first == "_" || parts.count > 1 else { return false }
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }
  }

  /// Whether a stored tensor has the model's own name, and not one that an exporter made.
  static func isOwnName(_ name: String, program: ExportedProgram) -> Bool {
    if !program.parameters.isEmpty { return program.parameters.contains(name) }
    return program.isKnown ? TrainableTensors.isModuleName(name) : isStateName(name)
  }

  // MARK: Modules

  /// A path without the number of its last module's call.
  private func call(_ scope: [String]) -> Call {
    guard let last = scope.last, let end = last.lastIndex(of: "_"), end > last.startIndex,
      let number = Int(last[last.index(after: end)...]),
      scopes.contains(scope.dropLast() + [String(last[..<end])])
    else { return Call(path: scope) }
    return Call(path: scope.dropLast() + [String(last[..<end])], number: number)
  }

  private mutating func learn(_ node: ONNXNode) {
    let scope = ModuleScope(node).parts
    guard !scope.isEmpty else { return }
    for input in node.inputs where names.contains(input) {
      let module = input.split(separator: ".").dropLast().map(String.init)
      for call in [Call(path: scope), call(scope)] {
        // Parameters of parts are read in the module that holds them.
        guard
          let length = stride(from: module.count, through: call.path.count, by: -1).first(where: {
            Array(module[..<$0].suffix(call.path.count)) == call.path
          })
        else { continue }
        learned[Call(path: scope), default: []].insert(Array(module[..<length]))
        for up in 1...call.path.count {
          learned[Call(path: call.path.dropLast(up), number: call.number), default: []].insert(
            Array(module[..<(length - up)]))
        }
        break
      }
    }
  }

  /// The module at whose path a node stands; nil where the file does not tell.
  private func module(_ node: ONNXNode) -> [String]? {
    let scope = ModuleScope(node).parts
    guard !scope.isEmpty else { return nil }
    if let own = learned[Call(path: scope)], own.count == 1 { return own.first }
    let call = call(scope)
    for up in 1...call.path.count {
      guard let found = learned[Call(path: call.path.dropLast(up), number: call.number)] else { continue }
      // Beside modules of several others of this name nothing tells which it is.
      return found.count == 1 ? found.first.map { $0 + call.path.suffix(up) } : nil
    }
    return call.path
  }

  // MARK: Names

  /// The name in the state dictionary of a tensor without one; nil where the file does not tell.
  ///
  /// - Parameters:
  ///   - dims: The tensor's extents.
  ///   - place: Where it is read, behind changes of its shape.
  func name(dims: [Int], at place: ReadingPlace) -> String? {
    let node = nodes[place.node]
    if let bias = partner(of: place), let name = weight(beside: bias, in: node) { return name }
    guard let module = module(node)?.joined(separator: "."), !module.isEmpty else { return nil }
    // What a module with parts computes with has a name of its own.
    if modules.contains(where: { $0.hasPrefix(module + ".") }) {
      let isPacked = dims.count == 2 && dims.max() == 3 * (dims.min() ?? 0) && isProduct(node)
      return isPacked && names.contains(where: { $0.hasPrefix(module + ".out_proj.") }) ? module + ".in_proj_weight" : nil
    }
    guard let leaf = leaf(place) else { return nil }
    let name = module + "." + leaf
    return names.contains(name) ? nil : name
  }

  private func isProduct(_ node: ONNXNode) -> Bool { ["MatMul", "Gemm"].contains(node.opType) }

  private func leaf(_ place: ReadingPlace) -> String? {
    let node = nodes[place.node]
    if isGroupVector(place) { return node.opType == "Mul" ? "weight" : "bias" }
    if isBias(place) { return "bias" }
    return StoredTensors.leaf(node.opType, place.slot)
  }

  /// Whether a stored tensor is added to the product of a signal with another stored one, in one module.
  private func isBias(_ place: ReadingPlace) -> Bool {
    let node = nodes[place.node]
    guard node.opType == "Add" else { return false }
    return node.inputs.contains { input in
      guard let maker = makers[input].map({ nodes[$0] }), maker.opType == "MatMul" else { return false }
      return ModuleScope(maker) == ModuleScope(node)
        && maker.inputs.contains { stored.contains(copies[$0] ?? $0) && !Self.isStateName($0) }
    }
  }

  /// The bias beside the weights that a node reads: its third input, or what is added to its result.
  private func partner(of place: ReadingPlace) -> String? {
    let node = nodes[place.node]
    switch node.opType {
    case "Conv", "ConvTranspose", "Gemm": return place.slot == 1 && node.inputs.count > 2 ? node.inputs[2] : nil
    case "MatMul":
      guard let output = node.outputs.first, let next = readers[output], next.count == 1, nodes[next[0].node].opType == "Add"
      else { return nil }
      return nodes[next[0].node].inputs.first { $0 != output }
    default: return nil
    }
  }

  /// The name of the weights whose bias has a name: `in_proj_weight` beside `in_proj_bias`.
  private func weight(beside bias: String, in node: ONNXNode) -> String? {
    guard names.contains(bias), bias.hasSuffix("bias") else { return nil }
    // A module may share the bias of another one.
    let module = bias.split(separator: ".").dropLast().map(String.init), scope = ModuleScope(node).parts
    guard [scope, call(scope).path].contains(where: { $0.count <= module.count && Array(module.suffix($0.count)) == $0 })
    else { return nil }
    let name = bias.dropLast(4) + "weight"
    return names.contains(String(name)) ? nil : String(name)
  }

  // MARK: Computed tensors

  /// Whether a node is a convolution into which the export folded a batch normalization: weights and bias are new tensors.
  func isFolded(_ node: ONNXNode) -> Bool {
    guard ["Conv", "ConvTranspose"].contains(node.opType), node.inputs.count > 2, !names.isEmpty else { return false }
    return node.inputs[1...2].allSatisfy { (stored.contains($0) || copies[$0] != nil) && !Self.isStateName($0) }
  }

  /// Whether a stored tensor is the gain or shift of a group normalization, which stands behind an instance normalization
  /// of reshaped channels: the export has given it further axes.
  func isGroupVector(_ place: ReadingPlace) -> Bool {
    var value = nodes[place.node].inputs.first { $0 != nodes[place.node].inputs[place.slot] }
    guard ["Mul", "Add"].contains(nodes[place.node].opType) else { return false }
    if nodes[place.node].opType == "Add", let scaled = value, let maker = makers[scaled], nodes[maker].opType == "Mul" {
      value = nodes[maker].inputs.first { makers[$0] != nil && copies[$0] == nil }
    }
    guard let value, let reshape = makers[value], nodes[reshape].opType == "Reshape",
      let norm = nodes[reshape].inputs.first.flatMap({ makers[$0] }), nodes[norm].opType == "InstanceNormalization"
    else { return false }
    return nodes[norm].inputs.first.flatMap { makers[$0] }.map { nodes[$0].opType == "Reshape" } ?? false
  }

  /// Stored tensors without a name that are gains and shifts of group normalizations, or biases behind products.
  var vectors: Set<String> {
    var found: Set<String> = []
    for (place, node) in nodes.enumerated() where ["Mul", "Add"].contains(node.opType) {
      for (slot, input) in node.inputs.enumerated() {
        let source = copies[input] ?? input
        let place = ReadingPlace(node: place, slot: slot)
        if stored.contains(source), isGroupVector(place) || isBias(place) { found.insert(source) }
      }
    }
    return found
  }
}
