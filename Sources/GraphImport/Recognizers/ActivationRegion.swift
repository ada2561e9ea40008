import NetworkGraph
import OperatorKernels

/// An activation function: one operator, or the several that an exporter or a model writes it with.
struct ActivationRegion {
  let activation: Activation
  let argument: ValueID
  let output: ValueID
  /// The nodes that compute it, in order.
  let nodes: [Int]
}

extension ActivationRegion {
  /// The nodes of the longest form.
  private static let mostNodes = 12
  private static let normalizations: Set<String> = [
    "BatchNormalization", "LayerNormalization", "GroupNormalization", "InstanceNormalization", "RMSNormalization",
  ]

  /// The activation functions of a graph, by their arguments.
  static func all(in index: GraphIndex) -> [ValueID: ActivationRegion] {
    var found: [ValueID: ActivationRegion] = [:]
    for place in index.graph.values.indices {
      let value = ValueID(place)
      if let region = region(from: value, in: index) { found[value] = region }
    }
    return found
  }

  /// The activation that follows a value; nil where none does, or where others read the value as well.
  static func after(_ value: ValueID, in index: GraphIndex) -> ActivationRegion? {
    index.outputs.contains(value) ? nil : index.activations[value]
  }

  /// The activation whose last node this is, also where others read its argument.
  static func ending(at node: Int, in index: GraphIndex) -> ActivationRegion? {
    guard let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    if let region = index.activationEnds[node] { return region }
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
    // x * sigmoid(x).
    if index.kind(node) == "Mul" {
      for (x, gate) in zip(inputs, inputs.reversed()) {
        if let producer = index.producer[gate.index], index.kind(producer) == "Sigmoid",
          index.graph.nodes[producer].inputs.first == x, index.isSignal(x)
        {
          return ActivationRegion(activation: .silu, argument: x, output: output, nodes: [producer, node])
        }
      }
    }
    guard let activation = single(node, in: index), let input = inputs.first else { return nil }
    // What begins a longer form is no activation by itself.
    if let form = index.activations[input], form.nodes.contains(node) { return nil }
    return ActivationRegion(activation: activation, argument: input, output: output, nodes: [node])
  }

  /// The nodes within written-out activations: all but the last of each. They are no layers of their own.
  static func interior(of index: GraphIndex) -> Set<Int> {
    index.activations.values.reduce(into: []) { $0.formUnion($1.nodes.dropLast()) }
  }

  /// Whether an activation ends with this node.
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

  /// Grows a set of nodes that read nothing but the value and constants. Of the functions that they come to, the longest
  /// that has a name is the activation; behind a layer it may be one without a name.
  private static func region(from value: ValueID, in index: GraphIndex) -> ActivationRegion? {
    // The argument of an activation has few readers.
    guard index.isSignal(value), (1...mostNodes).contains(index.consumers[value.index].count) else { return nil }
    var inside: Set<ValueID> = [value], nodes: [Int] = [], frontier = index.consumers[value.index]
    var named: ActivationRegion?, unnamed: ActivationRegion?
    while let node = frontier.min(), nodes.count < mostNodes {
      frontier.removeAll { $0 == node }
      guard let output = index.graph.nodes[node].outputs.first ?? nil, fits(node, inside, in: index) else { continue }
      nodes.append(node)
      inside.insert(output)
      frontier += index.consumers[output.index]
      // Everything but the last result stays inside.
      let open = inside.filter { inner in
        index.outputs.contains(inner) || index.consumers[inner.index].contains { !nodes.contains($0) }
      }
      guard open == [output], index.isFloat(output) else { continue }
      func region(_ activation: Activation) -> ActivationRegion {
        ActivationRegion(activation: activation, argument: value, output: output, nodes: nodes)
      }
      if nodes.count == 1, let activation = single(node, in: index) {
        named = region(activation)
      } else if let function = ElementwiseFunction(of: nodes, from: value, in: index) {
        // Bounds and slopes alone may keep a denominator from 0, or cap a score.
        if function.hasActivation || isSignalOfLayer(value, in: index), let activation = function.named {
          named = region(activation)
        } else if isActivation(function, nodes, of: value, to: output, in: index) {
          unnamed = region(function.unnamed)
        }
      }
    }
    return named ?? unnamed
  }

  /// Whether a node acts on single elements, of values inside and of numbers.
  private static func fits(_ node: Int, _ inside: Set<ValueID>, in index: GraphIndex) -> Bool {
    let inputs = index.graph.nodes[node].inputs
    guard index.graph.nodes[node].operation is ActivationOperator || ElementwiseFunction.operators.contains(index.kind(node))
    else { return index.kind(node) == "PRelu" && inside.contains(inputs[0] ?? ValueID(-1)) }
    return inputs.compactMap(\.self).allSatisfy { inside.contains($0) || index.number($0) != nil }
  }

  /// Whether a function without a name is an activation: it bends, it stands behind a layer, and nothing is summed up behind
  /// it.
  private static func isActivation(
    _ function: ElementwiseFunction, _ nodes: [Int], of value: ValueID, to output: ValueID, in index: GraphIndex
  ) -> Bool {
    guard let last = nodes.last, nodes.count > 1 || ["Clip", "Max", "Min"].contains(index.kind(last)),
      isSignalOfLayer(value, in: index), !function.isScaledActivation, function.bends, function.isFinite
    else { return false }
    return !index.consumers[output.index].contains { index.kind($0).hasPrefix("Reduce") }
  }

  /// Whether a value is what a layer computes, its bias and changes of shape included.
  private static func isSignalOfLayer(_ value: ValueID, in index: GraphIndex) -> Bool {
    var value = value
    // A product, a bias and a few changes of shape.
    for _ in 0..<6 {
      guard let node = index.producer[value.index] else { return false }
      let inputs = index.graph.nodes[node].inputs.compactMap(\.self), signals = inputs.filter { index.isSignal($0) }
      if normalizations.contains(index.kind(node)) { return true }
      switch index.kind(node) {
      case "MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum":
        return inputs.contains { index.weightOperand($0, forSamples: true) != nil }
      case "Add" where signals.count == 2: return true
      case "Add" where signals.count == 1 && inputs.contains { index.held($0) != nil }: value = signals[0]
      case "Transpose", "Reshape", "Cast", "CastLike", "Identity", "Unsqueeze", "Squeeze", "Flatten", "Split", "Slice":
        guard let source = signals.first else { return false }
        value = source
      default: return false
      }
    }
    return false
  }
}
