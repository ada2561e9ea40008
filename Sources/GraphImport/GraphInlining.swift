import ONNXFiles

/// Puts the bodies of a model's own functions where they are called, and the branch that is taken where a condition is
/// known.
struct GraphInlining {
  /// Functions may call functions, which can multiply nodes without end.
  static let mostNodes = 1 << 21
  static let mostDepth = 32

  private struct Scope {
    /// What names of the body are outside.
    var names: [String: String] = [:]
    /// What stands before names that are the body's own; nil for the model's graph, whose names stay.
    var prefix: String?
    var attributes: [String: ONNXAttribute] = [:]

    func outside(_ name: String) -> String { name.isEmpty ? "" : names[name] ?? prefix.map { $0 + name } ?? name }
  }

  private let path: String
  private var functions: [String: ONNXFunction] = [:]
  private var nodes: [ONNXNode] = []
  private var initializers: [ONNXTensor] = []
  private var calls = 0
  /// Truth values that are known.
  private var truths: [String: Bool] = [:]

  /// A model without calls of functions and known conditions.
  ///
  /// - Parameter model: The model.
  /// - Throws: `ImportError` where functions call each other without end.
  static func inlined(_ model: ONNXModel) throws(ImportError) -> ONNXModel {
    guard !model.functions.isEmpty || model.graph.nodes.contains(where: { $0.opType == "If" && $0.domain.isEmpty }) else {
      return model
    }
    var inlining = GraphInlining(model)
    try inlining.expand(model.graph.nodes, Scope(), metadata: ONNXNodeMetadata(), depth: 0)
    var model = model
    model.graph.nodes = inlining.nodes
    model.graph.initializers += inlining.initializers
    return model
  }

  private init(_ model: ONNXModel) {
    path = model.path
    for function in model.functions {
      functions[Self.key(function.domain, function.name, function.overload)] = function
    }
    for tensor in model.graph.initializers { learn(tensor, as: tensor.name) }
  }

  private static func key(_ parts: String...) -> String { parts.joined(separator: "\u{0}") }

  private mutating func learn(_ tensor: ONNXTensor, as name: String) {
    if tensor.elementType == .bool, tensor.count == 1, let value = try? tensor.bools().first { truths[name] = value }
  }

  private mutating func expand(
    _ body: [ONNXNode], _ scope: Scope, metadata: ONNXNodeMetadata, depth: Int
  ) throws(ImportError) {
    for node in body {
      var copy = node
      copy.inputs = node.inputs.map(scope.outside)
      copy.outputs = node.outputs.map(scope.outside)
      if scope.prefix != nil {
        copy.attributes = [:]
        for (name, value) in node.attributes {
          if case .reference(let caller) = value {
            copy.attributes[name] = scope.attributes[caller]
          } else {
            copy.attributes[name] = value
          }
        }
        if copy.metadata.nameScopes.isEmpty { copy.metadata = metadata }
        if !copy.name.isEmpty, let prefix = scope.prefix { copy.name = prefix + copy.name }
      }
      if let function = functions[Self.key(node.domain, node.opType, node.overload)] {
        try call(function, copy, depth: depth)
      } else if node.opType == "If", node.domain.isEmpty, let taken = truths[copy.inputs.first ?? ""],
        case .graph(let branch)? = copy.attributes[taken ? "then_branch" : "else_branch"]
      {
        try take(branch, copy, scope, depth: depth)
      } else {
        try emit(copy)
      }
    }
  }

  private mutating func emit(_ node: ONNXNode) throws(ImportError) {
    guard nodes.count < Self.mostNodes else {
      throw ImportError(
        path: path, "its functions come to more than \(Self.mostNodes) nodes", hint: "Export the model without functions")
    }
    if let output = node.outputs.first, node.domain.isEmpty {
      let first = truths[node.inputs.first ?? ""]
      switch node.opType {
      case "Constant": if case .tensor(let tensor)? = node.attributes["value"] { learn(tensor, as: output) }
      case "Identity": truths[output] = first
      case "Not": truths[output] = first.map { !$0 }
      default: break
      }
    }
    nodes.append(node)
  }

  private mutating func prefix(_ node: ONNXNode, depth: Int) throws(ImportError) -> String {
    guard depth < Self.mostDepth else {
      throw ImportError(
        path: path, "functions or branches are nested more than \(Self.mostDepth) deep, at '\(node.opType)'",
        hint: "Export the model without functions")
    }
    calls += 1
    let label = node.name.isEmpty ? node.outputs.first ?? node.opType : node.name
    return "\(label)/\(calls)/"
  }

  private mutating func call(_ function: ONNXFunction, _ node: ONNXNode, depth: Int) throws(ImportError) {
    var scope = Scope(prefix: try prefix(node, depth: depth))
    scope.attributes = function.attributeDefaults.merging(node.attributes) { $1 }
    for (place, name) in function.inputs.enumerated() {
      scope.names[name] = place < node.inputs.count ? node.inputs[place] : ""
    }
    let made = Set(function.nodes.flatMap(\.outputs))
    let copies = rename(function.outputs, node.outputs, made: made, in: &scope)
    try expand(function.nodes, scope, metadata: node.metadata, depth: depth + 1)
    for copy in copies { try emit(copy) }
  }

  private mutating func take(
    _ branch: ONNXGraph, _ node: ONNXNode, _ outer: Scope, depth: Int
  ) throws(ImportError) {
    let prefix = try prefix(node, depth: depth)
    var scope = outer
    if scope.prefix == nil { scope.prefix = "" }
    let made = Set(branch.nodes.flatMap(\.outputs) + branch.initializers.map(\.name)).subtracting([""])
    for name in made { scope.names[name] = prefix + name }
    let copies = rename(branch.outputs.map(\.name), node.outputs, made: Set(branch.nodes.flatMap(\.outputs)), in: &scope)
    for tensor in branch.initializers {
      var tensor = tensor
      tensor.name = scope.outside(tensor.name)
      learn(tensor, as: tensor.name)
      initializers.append(tensor)
    }
    try expand(branch.nodes, scope, metadata: node.metadata, depth: depth + 1)
    for copy in copies { try emit(copy) }
  }

  /// Gives a body's results the names that they have outside, and copies where a result is no node's own or wanted twice.
  private func rename(_ inner: [String], _ outer: [String], made: Set<String>, in scope: inout Scope) -> [ONNXNode] {
    var renamed: Set<String> = [], copies: [(String, String)] = []
    for (name, target) in zip(inner, outer) where !target.isEmpty {
      if made.contains(name), renamed.insert(name).inserted {
        scope.names[name] = target
      } else {
        copies.append((name, target))
      }
    }
    return copies.map { ONNXNode(opType: "Identity", inputs: [scope.outside($0.0)], outputs: [$0.1]) }
  }
}
