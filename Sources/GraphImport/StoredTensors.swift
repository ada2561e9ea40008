import ONNXFiles

/// One place at which a node reads a value.
struct ReadingPlace: Hashable {
  var node: Int
  var slot: Int
}

/// Tells apart the parameters that a file holds in one tensor.
///
/// Exporters store equal tensors once: all gains of ones are one tensor, and so are all biases of zeros. The nodes that read
/// it say whose parameter it is: by the exported program's line, by their module, or by the name that an old exporter gives
/// a copy. A matrix that several modules share because the model ties them stays one parameter.
struct StoredTensors {
  /// One parameter of the model, or constant, that a stored tensor holds.
  struct Part {
    var name: String
    var places: [ReadingPlace]
    /// Running moments and other tensors that do not learn.
    var isConstant = false
    /// Whether the name is not the state dictionary's, because nothing in the file tells that one.
    var isUnnamed = false
    /// Whether the export computed the values from several tensors of the model.
    var isComputed = false
  }

  private let nodes: [ONNXNode]
  private let program: ExportedProgram
  /// For each name of a value: where it is read.
  private var readers: [String: [ReadingPlace]] = [:]
  private let stored: Set<String>
  private let legacy: LegacyExport?

  init(_ model: ONNXModel, program: ExportedProgram, legacy: LegacyExport?) {
    nodes = model.graph.nodes
    self.program = program
    self.legacy = legacy
    stored = Set(model.graph.initializers.map(\.name))
    for (node, each) in nodes.enumerated() {
      for (slot, input) in each.inputs.enumerated() where !input.isEmpty {
        readers[input, default: []].append(ReadingPlace(node: node, slot: slot))
      }
    }
  }

  /// Whether any node reads a tensor.
  func isRead(_ name: String) -> Bool { readers[name] != nil }

  /// The parameters that a trainable tensor holds, at least one.
  func parts(of tensor: ONNXTensor) -> [Part] {
    var parts: [Part] = [], found: [Use: Int] = [:], own: Set<String> = []
    for place in readers[tensor.name] ?? [] {
      let use = use(of: tensor, at: place)
      if let index = found[use] {
        parts[index].places.append(place)
      } else {
        found[use] = parts.count
        parts.append(
          Part(
            name: use.name, places: [place], isConstant: use.isConstant, isUnnamed: use.isUnnamed, isComputed: use.isComputed
          ))
        if use.isOwn { own.insert(use.name) }
      }
    }
    // What the exporter copies under another name is another parameter.
    let shared = parts.filter { !$0.isConstant && !own.contains($0.name) }
    if shared.count > 1, isTie(tensor, shared) {
      let name = shared.map(\.name).contains(tensor.name) ? tensor.name : shared[0].name
      var tie = Part(name: name, places: shared.flatMap(\.places))
      tie.isUnnamed = shared.allSatisfy(\.isUnnamed)
      return [tie] + parts.filter { $0.isConstant || own.contains($0.name) }
    }
    return parts.isEmpty ? [Part(name: tensor.name, places: [])] : parts
  }

  // MARK: One reading

  private struct Use: Hashable {
    var name: String
    var isConstant = false
    var isUnnamed = false
    var isComputed = false
    /// Whether the file marks it as another tensor than those with the same values.
    var isOwn = false
  }

  private func use(of tensor: ONNXTensor, at place: ReadingPlace) -> Use {
    // A line that names the tensor where it is read first says all; behind changes of shape, others' names may stand.
    if Self.passing.contains(nodes[place.node].opType), program.parameters(of: nodes[place.node]).contains(tensor.name) {
      return Use(name: tensor.name)
    }
    // The old exporter copies a merged tensor under the name that it stands for.
    var place = place, copy: String?
    for _ in 0..<16 {
      let node = nodes[place.node]
      guard place.slot == 0, Self.passing.contains(node.opType), let output = node.outputs.first else { break }
      if legacy?.copies[output] != nil || node.opType == "Identity" && TrainableTensors.isModuleName(output) {
        copy = output
      }
      guard let next = readers[output]?.first else { break }
      place = next
    }
    if isRunningMoment(place) || copy.map(program.isBuffer) ?? false {
      return Use(name: copy ?? tensor.name, isConstant: true)
    }
    if let legacy { return use(of: tensor, copy: copy, at: place, legacy) }
    if let copy { return Use(name: copy) }
    if let name = program.parameter(nodes[place.node], slot: place.slot, storedAs: tensor.name) { return Use(name: name) }
    if isMadeUp(place) { return Use(name: tensor.name, isConstant: true) }
    return program.isKnown ? byReaders(tensor, place) : Use(name: byModule(tensor, place))
  }

  /// Whether a normalization reads ones or zeros of which its line in the exported program knows nothing: its module has no
  /// gain or shift, and the export merged those that the operator needs with another module's.
  private func isMadeUp(_ place: ReadingPlace) -> Bool {
    let node = nodes[place.node]
    guard program.isKnown, ExportedProgram.operation(node).hasSuffix("_norm") else { return false }
    // The signal stands first, then the gain; a shift without a gain does not occur.
    let given = ExportedProgram.arguments(node.metadata.fxNode).count { $0.hasPrefix("%") }
    switch node.opType {
    // The own ones of a group normalization come behind, even where there are as many groups as channels.
    case "InstanceNormalization" where ExportedProgram.operation(node) == "group_norm": return place.slot > 0
    case let type where Self.normalizations.contains(type): return place.slot > 0 && given <= place.slot
    // A group normalization may have them behind an instance normalization.
    case "Mul": return given <= 1
    case "Add": return given <= 2
    default: return false
    }
  }

  private static let normalizations: Set<String> = [
    "LayerNormalization", "GroupNormalization", "InstanceNormalization", "RMSNormalization",
  ]

  private func use(
    of tensor: ONNXTensor, copy: String?, at place: ReadingPlace, _ legacy: LegacyExport
  ) -> Use {
    let copy = legacy.copiesAreTies ? nil : copy
    var use = Use(name: copy ?? tensor.name, isOwn: copy != nil)
    if LegacyExport.isStateName(use.name) {
      // Where the file marks what it merged, a tensor that several modules read is one of the model's.
      if copy == nil, !legacy.marksCopies { use.name = byModule(tensor, place) }
      return use
    }
    // The name is that of the module, which may be called several times.
    use.isOwn = true
    use.isComputed = legacy.isFolded(nodes[place.node])
    if let name = legacy.name(dims: tensor.dims, at: place) {
      use.name = name
    } else if use.isComputed {
      use.name = ModuleScope(nodes[place.node]).path + "." + (Self.leaf("Conv", place.slot) ?? "weight")
    } else {
      use.isUnnamed = true
    }
    return use
  }

  /// The name by the modules that read what a node without a line makes of the tensor, such as pieces that an export cut.
  private func byReaders(_ tensor: ONNXTensor, _ place: ReadingPlace) -> Use {
    let node = nodes[place.node]
    guard node.metadata.fxNode.isEmpty, let leaf = tensor.name.split(separator: ".").last else {
      return Use(name: tensor.name)
    }
    let modules = Set(
      node.outputs.flatMap { readers[$0] ?? [] }.map { ModuleScope(nodes[$0.node]) }.filter {
        $0.isKnown && !$0.path.isEmpty
      })
    guard modules.count == 1, let module = modules.first?.path else { return Use(name: tensor.name) }
    let name = module + "." + leaf
    if program.parameters.contains(name) { return Use(name: name) }
    // A part of the same module, or one around it.
    let own = tensor.name.dropLast(leaf.count)
    return own.hasPrefix(module) || (module + ".").hasPrefix(own)
      ? Use(name: tensor.name) : Use(name: "\(tensor.name) in \(module)", isUnnamed: true)
  }

  static let passing: Set<String> = [
    "Transpose", "Reshape", "Cast", "CastLike", "Identity", "Unsqueeze", "Squeeze", "Flatten",
  ]

  private func isRunningMoment(_ place: ReadingPlace) -> Bool {
    nodes[place.node].opType == "BatchNormalization" && place.slot >= 3
  }

  /// The name that the reading module gives the tensor, where the file has no exported program.
  private func byModule(_ tensor: ONNXTensor, _ place: ReadingPlace) -> String {
    guard !program.isKnown else { return tensor.name }
    let scope = ModuleScope(nodes[place.node])
    guard scope.isKnown, !scope.path.isEmpty, let leaf = Self.leaf(nodes[place.node].opType, place.slot) else {
      return tensor.name
    }
    let module = module(scope.path)
    // Its own name is right where it lies in the module, such as in_proj_weight.
    return tensor.name.hasPrefix(module + ".") ? tensor.name : module + "." + leaf
  }

  /// The module behind a scope: the old exporter writes `f.0_1` for the second call of `f.0`.
  private func module(_ path: String) -> String {
    guard let end = path.lastIndex(of: "_"), end > path.startIndex, path[path.index(after: end)...].allSatisfy(\.isNumber),
      path.index(after: end) < path.endIndex, !stored.contains(where: { $0.hasPrefix(path + ".") })
    else { return path }
    let base = String(path[..<end])
    return stored.contains { $0.hasPrefix(base + ".") } ? base : path
  }

  /// The name that PyTorch's modules give what an operator reads at an input.
  static func leaf(_ type: String, _ slot: Int) -> String? {
    switch type {
    case "Gemm", "Conv", "ConvTranspose", "BatchNormalization", "LayerNormalization", "InstanceNormalization",
      "GroupNormalization", "RMSNormalization":
      slot == 1 ? "weight" : slot == 2 ? "bias" : nil
    case "MatMul", "PRelu": "weight"
    case "Gather": slot == 0 ? "weight" : nil
    default: nil
    }
  }

  // MARK: Ties

  /// Whether several modules read one tensor because the model says so, and not because their values are equal.
  ///
  /// Where the file marks what it merged, all others are shared. Else nobody draws equal random values twice, but layers are
  /// copied: tensors of numbered siblings are merged, and so are vectors of one value, unless the exported program itself
  /// reads them twice. A table of embeddings that is the output's matrix, or that serves two inputs, is tied.
  private func isTie(_ tensor: ONNXTensor, _ parts: [Part]) -> Bool {
    guard !program.isKnown else { return false }
    if legacy?.marksCopies ?? false { return true }
    let types = Set(parts.flatMap(\.places).map { nodes[$0.node].opType })
    if types.contains("Gather") { return true }
    if tensor.dims.count < 2, hasOneValue(tensor) { return false }
    return Set(parts.map { $0.name.filter { !$0.isNumber } }).count == parts.count
  }

  private func hasOneValue(_ tensor: ONNXTensor) -> Bool {
    guard let values = try? tensor.floats(), let first = values.first else { return true }
    return values.allSatisfy { $0 == first }
  }
}
