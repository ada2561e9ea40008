import NetworkGraph
import OperatorKernels

/// An activation function: one operator, or the several that an exporter writes for GELU, SiLU, Mish and softplus.
enum ActivationRegion {
  /// The nodes of the longest form.
  private static let mostNodes = 10
  /// Operators of which the written-out forms consist.
  private static let parts: Set<String> = [
    "Mul", "Add", "Sub", "Div", "Pow", "Tanh", "Erf", "Sigmoid", "Softplus", "Greater", "Where", "Exp", "Log", "Neg", "Cast",
    "Clip", "HardSigmoid", "Relu",
  ]

  /// The activation that follows a value, and what it becomes; nil where none does, or where others read the value as well.
  static func after(_ value: ValueID, in index: GraphIndex) -> (activation: Activation, output: ValueID)? {
    guard !index.outputs.contains(value) else { return nil }
    let readers = index.consumers[value.index]
    guard let first = readers.first else { return nil }
    if readers.count == 1, let activation = single(first, in: index),
      let output = index.graph.nodes[first].outputs.first ?? nil,
      // x * sigmoid(x) begins as a sigmoid would; there the value has two readers.
      index.graph.nodes[first].inputs.first == value
    {
      return (activation, output)
    }
    return writtenOut(from: value, in: index)
  }

  /// The activation whose last node this is, with its input and output.
  static func ending(at node: Int, in index: GraphIndex) -> (activation: Activation, input: ValueID, output: ValueID)? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    if let activation = single(node, in: index), let input = index.graph.nodes[node].inputs.first ?? nil {
      // A sigmoid that is multiplied with its own argument belongs to a SiLU.
      if let form = writtenOut(from: input, in: index), form.output != output { return nil }
      return (activation, input, output)
    }
    guard ["Mul", "Where"].contains(index.kind(node)) else { return nil }
    // Candidates for the argument: values a few nodes above.
    var front = index.graph.nodes[node].inputs.compactMap(\.self), seen: Set<ValueID> = []
    for _ in 0..<mostNodes {
      var next: [ValueID] = []
      for value in front where index.isSignal(value) && seen.insert(value).inserted {
        if let form = writtenOut(from: value, in: index), form.output == output { return (form.activation, value, output) }
        if let producer = index.producer[value.index], parts.contains(index.kind(producer)) {
          next += index.graph.nodes[producer].inputs.compactMap(\.self)
        }
      }
      if next.isEmpty { break }
      front = next
    }
    return nil
  }

  /// Whether a written-out activation ends with this node.
  static func endsWith(_ node: Int, in index: GraphIndex) -> Bool { ending(at: node, in: index) != nil }

  private static func single(_ node: Int, in index: GraphIndex) -> Activation? {
    (index.graph.nodes[node].operation as? ActivationOperator)?.activation
  }

  /// Grows a set of nodes that read nothing but the value and constants, until it looks like a known form.
  private static func writtenOut(from value: ValueID, in index: GraphIndex) -> (activation: Activation, output: ValueID)? {
    // The argument of an activation has few readers.
    guard index.consumers[value.index].count <= mostNodes else { return nil }
    guard index.isSignal(value),
      index.consumers[value.index].count > 1
        || index.consumers[value.index].contains(where: { index.kind($0) == "Div" || index.kind($0) == "Mul" })
    else { return nil }
    var inside: Set<ValueID> = [value], nodes: [Int] = []
    var frontier = index.consumers[value.index]
    while let node = frontier.min(), nodes.count < mostNodes {
      frontier.removeAll { $0 == node }
      guard !nodes.contains(node), parts.contains(index.kind(node)),
        let output = index.graph.nodes[node].outputs.first ?? nil
      else {
        continue
      }
      let fits = index.graph.nodes[node].inputs.compactMap(\.self).allSatisfy {
        inside.contains($0) || !index.isSignal($0) && index.held($0) == nil && index.constants[$0.index]?.shape.count == 1
      }
      guard fits else { continue }
      nodes.append(node)
      inside.insert(output)
      frontier += index.consumers[output.index]
      // Everything but the last result stays inside.
      let open = inside.filter { inner in
        index.outputs.contains(inner) || index.consumers[inner.index].contains { !nodes.contains($0) }
      }
      if open == [output], let activation = known(nodes.map(index.kind), nodes, in: index) { return (activation, output) }
    }
    return nil
  }

  private static func known(_ kinds: [String], _ nodes: [Int], in index: GraphIndex) -> Activation? {
    func count(_ kind: String) -> Int { kinds.count { $0 == kind } }
    if count("Erf") == 1, count("Mul") + count("Div") >= 2, count("Add") == 1 { return .gelu }
    if count("Tanh") == 1, count("Pow") == 1 || count("Mul") >= 5, count("Mul") >= 3, count("Add") == 2 { return .geluTanh }
    if count("Tanh") == 1, count("Softplus") == 1, count("Mul") == 1 { return .mish }
    if kinds.sorted() == ["Mul", "Sigmoid"] { return .silu }
    if kinds.sorted() == ["HardSigmoid", "Mul"] { return .hardSwish }
    if count("Softplus") == 1, count("Where") == 1, count("Greater") == 1 { return .softplus }
    return nil
  }
}
