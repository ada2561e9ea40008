import ONNXFiles

/// Takes apart again what an optimized export has merged because it was equal: a normalization of ones and zeros that two
/// modules apply to the same values, and pieces of a tensor of zeros that several modules read.
///
/// At the start two such modules compute the same, and in training they do not: each has parameters and gradients of its
/// own. The lines of the exported program, which stand at the nodes that read the values, still have both.
struct ExportUnmerging {
  private var nodes: [ONNXNode]
  private let program: ExportedProgram
  private let stored: Set<String>
  /// For each placeholder of the exported program its name in the state dictionary.
  private let targets: [String: String]

  /// A model whose nodes stand for one module each, where the file tells which.
  static func unmerged(_ model: ONNXModel) -> ONNXModel {
    guard let signature = model.graph.signature else { return model }
    var unmerging = ExportUnmerging(model, signature)
    unmerging.splitNormalizations()
    unmerging.splitPieces()
    var model = model
    model.graph.nodes = unmerging.nodes
    return model
  }

  private init(_ model: ONNXModel, _ signature: ONNXGraphSignature) {
    nodes = model.graph.nodes
    program = ExportedProgram(model)
    stored = Set(model.graph.initializers.map(\.name))
    var targets: [String: String] = [:]
    for entry in signature.inputs where entry.kind == .parameter { targets[entry.name] = entry.target }
    self.targets = targets
  }

  /// Where each value is read.
  private var readers: [String: [Int]] {
    var found: [String: [Int]] = [:]
    for (place, node) in nodes.enumerated() {
      for input in Set(node.inputs) { found[input, default: []].append(place) }
    }
    return found
  }

  // MARK: Normalizations

  private mutating func splitNormalizations() {
    let readers = readers, made = Set(nodes.flatMap(\.outputs))
    var result: [ONNXNode] = [], renamed: [Int: (from: String, to: String)] = [:], found = program.referenced
    for node in nodes {
      result.append(node)
      let operation = ExportedProgram.operation(node)
      guard ["layer_norm", "rms_norm", "group_norm", "instance_norm"].contains(operation), let output = node.outputs.first,
        output == operation || output.hasPrefix(operation + "_"), let places = readers[output]
      else { continue }
      // The values of the program that these readers name and nothing makes.
      var others: [String: [Int]] = [:]
      for place in places {
        let words = ExportedProgram.arguments(nodes[place].metadata.fxNode)
        guard !words.contains("%" + output) else { continue }
        for word in words where word.hasPrefix("%" + operation) {
          let name = String(word.dropFirst()), rest = name.dropFirst(operation.count)
          let isNumbered = rest.isEmpty || rest.first == "_" && rest.dropFirst().allSatisfy(\.isNumber)
          if isNumbered, !made.contains(name), !stored.contains(name) { others[name, default: []].append(place) }
        }
      }
      guard others.count == 1, let (name, own) = others.first, let copy = twin(of: node, named: name, found: &found) else {
        continue
      }
      result.append(copy)
      for place in own { renamed[place] = (output, name) }
    }
    guard !renamed.isEmpty else { return }
    let readersByOutput = Dictionary(
      renamed.compactMap { place, change in nodes[place].outputs.first.map { ($0, change) } }
    ) { first, _ in first }
    nodes = result.map { node in
      guard let output = node.outputs.first, let change = readersByOutput[output] else { return node }
      var node = node
      node.inputs = node.inputs.map { $0 == change.from ? change.to : $0 }
      return node
    }
  }

  /// The normalization again with the parameters of the only module beside it that no line reads; nil where there is no such
  /// module, or are several.
  private func twin(of node: ONNXNode, named name: String, found: inout Set<String>) -> ONNXNode? {
    let scope = ModuleScope(node).path, own = program.parameters(of: node)
    guard !own.isEmpty, own.allSatisfy({ $0.hasPrefix(scope + ".") }) else { return nil }
    let leaves = own.map { String($0.dropFirst(scope.count + 1)) }
    let parent = scope.split(separator: ".").dropLast().joined(separator: "."), prefix = parent.isEmpty ? "" : parent + "."
    let missing = program.parameters.filter { !found.contains($0) && $0.hasPrefix(prefix) }
    let modules = Set(
      missing.filter { name in leaves.contains { name.hasSuffix("." + $0) } }.map {
        $0.split(separator: ".").dropLast().joined(separator: ".")
      }
    ).filter { module in
      module.split(separator: ".").count == parent.split(separator: ".").count + 1
        && leaves.allSatisfy { missing.contains(module + "." + $0) }
    }
    guard modules.count == 1, let module = modules.first else { return nil }
    let placeholders = Dictionary(targets.map { ($1, $0) }) { first, _ in first }
    var copy = node
    copy.name = node.name + "/" + name
    copy.outputs = [name] + node.outputs.dropFirst().map { $0.isEmpty ? "" : $0 + "/" + name }
    for leaf in leaves {
      guard let old = placeholders[scope + "." + leaf], let new = placeholders[module + "." + leaf] else { return nil }
      copy.metadata.fxNode = copy.metadata.fxNode.replacing("%" + old, with: "%" + new)
      found.insert(module + "." + leaf)
    }
    if copy.metadata.nameScopes.count > 1 { copy.metadata.nameScopes[copy.metadata.nameScopes.count - 2] = module }
    return copy
  }

  // MARK: Pieces

  /// Gives each module that reads pieces of a stored tensor a node of its own.
  private mutating func splitPieces() {
    let readers = readers
    var result: [ONNXNode] = [], changes: [String: [String: String]] = [:]
    for node in nodes {
      result.append(node)
      guard node.metadata.fxNode.isEmpty, node.opType == "Split", let source = node.inputs.first, stored.contains(source)
      else { continue }
      let modules = node.outputs.flatMap { readers[$0] ?? [] }.map { ModuleScope(nodes[$0]) }
        .filter { $0.isKnown && !$0.path.isEmpty }.map(\.path)
      let all = Set(modules).sorted()
      for module in all.dropFirst() {
        var copy = node
        copy.name = node.name + "/" + module
        copy.outputs = node.outputs.map { $0.isEmpty ? "" : $0 + "/" + module }
        result.append(copy)
        for (old, new) in zip(node.outputs, copy.outputs) { changes[module, default: [:]][old] = new }
      }
    }
    guard !changes.isEmpty else { return }
    nodes = result.map { node in
      guard let own = changes[ModuleScope(node).path] else { return node }
      var node = node
      node.inputs = node.inputs.map { own[$0] ?? $0 }
      return node
    }
  }
}
