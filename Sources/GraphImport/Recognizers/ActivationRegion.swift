import NetworkGraph
import OperatorKernels

/// An activation function: one operator, or the several that an exporter writes for GELU, SiLU, Mish and softplus.
enum ActivationRegion {
  /// The nodes of the longest form.
  private static let mostNodes = 10
  /// Operators of which the written-out forms consist.
  private static let parts: Set<String> = [
    "Mul", "Add", "Sub", "Div", "Pow", "Tanh", "Erf", "Sigmoid", "Softplus", "Greater", "Where", "Exp", "Log", "Neg", "Cast",
    "Clip", "HardSigmoid", "Relu", "Abs", "Elu",
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
      return squared(activation, output, in: index) ?? (activation, output)
    }
    return writtenOut(from: value, in: index).map { ($0.activation, $0.output) }
  }

  /// The activation whose last node this is, with its input and output.
  static func ending(at node: Int, in index: GraphIndex) -> (activation: Activation, input: ValueID, output: ValueID)? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    if let rectified = index.graph.nodes[node].inputs.first ?? nil, let rectifier = index.producer[rectified.index],
      let form = single(rectifier, in: index).flatMap({ squared($0, rectified, in: index) }), form.output == output,
      let input = index.graph.nodes[rectifier].inputs.first ?? nil
    {
      return (form.activation, input, output)
    }
    if let activation = single(node, in: index), let input = index.graph.nodes[node].inputs.first ?? nil {
      if squared(activation, output, in: index) != nil { return nil }
      // A sigmoid that is multiplied with its own argument belongs to a SiLU.
      if let form = writtenOut(from: input, in: index), form.output != output { return nil }
      return (activation, input, output)
    }
    guard ["Mul", "Where"].contains(index.kind(node)) else { return nil }
    // x * sigmoid(x), also where others read x.
    if index.kind(node) == "Mul" {
      let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
      for (x, gate) in zip(inputs, inputs.reversed()) {
        if let producer = index.producer[gate.index], index.kind(producer) == "Sigmoid",
          index.graph.nodes[producer].inputs.first == x, index.isSignal(x)
        {
          return (.silu, x, output)
        }
      }
    }
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

  /// The nodes within written-out activations: all but the last of each. They are no layers of their own.
  static func interior(of index: GraphIndex) -> Set<Int> {
    var interior: Set<Int> = []
    for value in index.graph.values.indices {
      guard let form = writtenOut(from: ValueID(value), in: index) else { continue }
      interior.formUnion(form.nodes)
      if let last = index.producer[form.output.index] { interior.remove(last) }
    }
    return interior
  }

  /// Whether a written-out activation ends with this node.
  static func endsWith(_ node: Int, in index: GraphIndex) -> Bool { ending(at: node, in: index) != nil }

  /// The activation that one node is: an operator of that name, a clip between its bounds, or a rectifier with a slope that
  /// learns.
  private static func single(_ node: Int, in index: GraphIndex) -> Activation? {
    if let activation = (index.graph.nodes[node].operation as? ActivationOperator)?.activation { return activation }
    let inputs = index.graph.nodes[node].inputs
    switch index.kind(node) {
    case "Clip":
      func bound(_ place: Int, _ name: String) -> Double? {
        if case .float(let value)? = index.origins[node].attributes[name] { return Double(value) }
        return place < inputs.count ? index.scalar(inputs[place]) : nil
      }
      switch (bound(1, "min"), bound(2, "max")) {
      case (0, 6): return .relu6
      case (-1, 1): return .hardTanh
      case (0, nil), (0, .some(Double(Float.greatestFiniteMagnitude)...)): return .relu
      default: return nil
      }
    case "PRelu":
      // Slopes start equal; those that do not are no single function.
      guard inputs.count == 2, let held = index.held(inputs[1]) else { return nil }
      let parameter = index.graph.parameters[held.parameter]
      let slopes = try? [Float](unsafeUninitializedCapacity: parameter.shape.count) { target, count in
        try parameter.load(target)
        count = target.count
      }
      guard let slopes, let first = slopes.first, slopes.allSatisfy({ $0 == first }) else { return nil }
      // As the number was written, not its nearest Float.
      return .prelu(a: Double("\(first)") ?? Double(first))
    default: return nil
    }
  }

  /// The square of a rectifier's result, which is an activation of its own; nil where something else follows.
  private static func squared(
    _ activation: Activation, _ value: ValueID, in index: GraphIndex
  ) -> (activation: Activation, output: ValueID)? {
    guard activation == .relu, let next = index.onlyConsumer(value),
      let output = index.graph.nodes[next].outputs.first ?? nil
    else { return nil }
    let inputs = index.graph.nodes[next].inputs
    let isSquare =
      index.kind(next) == "Pow" && index.scalar(inputs.last ?? nil) == 2 && inputs.first == value
      || index.kind(next) == "Mul" && inputs.allSatisfy { $0 == value }
    return isSquare ? (.reluSquared, output) : nil
  }

  /// Grows a set of nodes that read nothing but the value and constants, until it looks like a known form.
  private static func writtenOut(
    from value: ValueID, in index: GraphIndex
  ) -> (activation: Activation, output: ValueID, nodes: [Int])? {
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
      if open == [output], let activation = known(nodes.map(index.kind), nodes, in: index) {
        return (activation, output, nodes)
      }
    }
    return nil
  }

  private static func known(_ kinds: [String], _ nodes: [Int], in index: GraphIndex) -> Activation? {
    func count(_ kind: String) -> Int { kinds.count { $0 == kind } }
    if count("Erf") == 1, count("Mul") + count("Div") >= 2, count("Add") == 1 { return .gelu }
    if count("Tanh") == 1, count("Pow") == 1 || count("Mul") >= 5, count("Mul") >= 3, count("Add") == 2 { return .geluTanh }
    if count("Tanh") == 1, count("Softplus") == 1, count("Mul") == 1 { return .mish }
    if kinds.sorted() == ["Mul", "Sigmoid"] { return .silu }
    if kinds.sorted() == ["Mul", "Mul", "Sigmoid"], isQuickGELU(nodes, in: index) { return .quickGELU }
    if kinds.sorted() == ["HardSigmoid", "Mul"] { return .hardSwish }
    if kinds.sorted() == ["Abs", "Add", "Div"] { return .softsign }
    // PyTorch's ELU has factors for its argument and its result.
    if kinds.sorted() == ["Elu", "Mul", "Mul"],
      nodes.allSatisfy({ node in
        index.kind(node) == "Elu" || index.graph.nodes[node].inputs.contains { index.scalar($0) == 1 }
      })
    {
      return nodes.first { index.kind($0) == "Elu" }.flatMap { single($0, in: index) }
    }
    if count("Softplus") == 1, count("Where") == 1, count("Greater") == 1 { return .softplus }
    return nil
  }

  /// Whether the argument of the sigmoid is 1.702 times the value, to the precision of float16.
  private static func isQuickGELU(_ nodes: [Int], in index: GraphIndex) -> Bool {
    nodes.contains { node in
      index.kind(node) == "Mul"
        && index.graph.nodes[node].inputs.contains { index.scalar($0).map { abs($0 - 1.702) < 1e-3 } ?? false }
    }
  }
}
