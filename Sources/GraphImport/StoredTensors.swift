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
  }

  private let nodes: [ONNXNode]
  private let program: ExportedProgram
  /// For each name of a value: where it is read.
  private var readers: [String: [ReadingPlace]] = [:]
  private let stored: Set<String>

  init(_ model: ONNXModel, program: ExportedProgram) {
    nodes = model.graph.nodes
    self.program = program
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
    var parts: [Part] = [], found: [Use: Int] = [:]
    for place in readers[tensor.name] ?? [] {
      let use = use(of: tensor, at: place)
      if let index = found[use] {
        parts[index].places.append(place)
      } else {
        found[use] = parts.count
        parts.append(Part(name: use.name, places: [place], isConstant: use.isConstant))
      }
    }
    let learning = parts.filter { !$0.isConstant }
    if learning.count > 1, isTie(tensor, learning) {
      let name = learning.map(\.name).contains(tensor.name) ? tensor.name : learning[0].name
      return [Part(name: name, places: learning.flatMap(\.places))] + parts.filter(\.isConstant)
    }
    return parts.isEmpty ? [Part(name: tensor.name, places: [])] : parts
  }

  // MARK: One reading

  private struct Use: Hashable {
    var name: String
    var isConstant = false
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
      if node.opType == "Identity", TrainableTensors.isModuleName(output) { copy = output }
      guard let next = readers[output]?.first else { break }
      place = next
    }
    if isRunningMoment(place) || copy.map(program.isBuffer) ?? false {
      return Use(name: copy ?? tensor.name, isConstant: true)
    }
    if let copy { return Use(name: copy) }
    return Use(
      name: program.parameter(nodes[place.node], slot: place.slot, storedAs: tensor.name) ?? byModule(tensor, place))
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
    let name = module(scope.path) + "." + leaf
    // Its own name is right where it lies in the module, such as in_proj_weight.
    return tensor.name.hasPrefix(scope.path + ".") ? tensor.name : name
  }

  /// The module behind a scope: the old exporter writes `f.0_1` for the second call of `f.0`.
  private func module(_ path: String) -> String {
    guard let end = path.lastIndex(of: "_"), end > path.startIndex, path[path.index(after: end)...].allSatisfy(\.isNumber),
      path.index(after: end) < path.endIndex, !stored.contains(where: { $0.hasPrefix(path + ".") })
    else { return path }
    let base = String(path[..<end])
    return stored.contains { $0.hasPrefix(base + ".") } ? base : path
  }

  private static func leaf(_ type: String, _ slot: Int) -> String? {
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
  /// Vectors are merged, never tied, apart from those that the exported program itself reads twice. A table of embeddings
  /// that is the output's matrix, or that serves two inputs, is tied. Matrices of numbered siblings, as in copied layers,
  /// are merged.
  private func isTie(_ tensor: ONNXTensor, _ parts: [Part]) -> Bool {
    guard tensor.dims.count > 1, !program.isKnown else { return false }
    let types = Set(parts.flatMap(\.places).map { nodes[$0.node].opType })
    if types.contains("Gather") { return true }
    return Set(parts.map { $0.name.filter { !$0.isNumber } }).count == parts.count
  }
}
