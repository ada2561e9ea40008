import NetworkGraph

/// A linear recurrence that is written out step by step: `h = a h + b`, where neither `a` nor `b` depends on the state.
/// Mamba's selective scan is one. What is looked at are the results of all steps, put together.
enum ScanRecognizer: Recognizer {
  /// Fewer sums in a row may be anything.
  private static let leastSteps = 3
  /// Operators between a step's state and its place among the results.
  private static let readouts: Set<String> = GraphIndex.passing.union([
    "MatMul", "Mul", "Add", "ReduceSum", "Einsum", "Gather", "Slice",
  ])

  static func recognize(_ node: Int, in index: GraphIndex) -> Recognition? {
    guard states(before: node, in: index) != nil, let output = index.graph.nodes[node].outputs.first ?? nil else {
      return nil
    }
    // Steps that are put together behind the features are often turned around at once.
    var value = output
    var isFeaturesLast = axis(of: node, in: index) < index.type(output).shape.rank - 1
    if !isFeaturesLast, let next = index.onlyConsumer(output), index.kind(next) == "Transpose",
      let turned = index.graph.nodes[next].outputs.first ?? nil
    {
      (value, isFeaturesLast) = (turned, true)
    }
    return Recognition(
      kind: "scan", anchor: node, preactivation: value,
      traits: isFeaturesLast ? [.recurs, .featuresLast] : [.recurs, .channelsFirst],
      takesActivation: false, suffix: "scan")
  }

  /// The nodes of which scans consist: sums and products of single steps, which are no layers of their own.
  static func interior(of index: GraphIndex) -> Set<Int> {
    let ends = Set(index.graph.nodes.indices.filter { states(before: $0, in: index) != nil })
    guard let last = ends.max() else { return [] }
    // What nothing else reads, back to the layers that compute the factors: readers come after what they read.
    var scans = ends
    for node in (0..<last).reversed() where !scans.contains(node) {
      let outputs = index.graph.nodes[node].outputs.compactMap(\.self)
      let isReadWithin = outputs.allSatisfy { output in
        !index.outputs.contains(output) && index.consumers[output.index].allSatisfy(scans.contains)
      }
      guard isReadWithin, outputs.contains(where: { !index.consumers[$0.index].isEmpty }), !isLayer(node, in: index) else {
        continue
      }
      scans.insert(node)
    }
    return scans.subtracting(ends)
  }

  /// Whether a node is what a layer of its own is known by.
  private static func isLayer(_ node: Int, in index: GraphIndex) -> Bool {
    guard !["Add", "Mul", "Concat"].contains(index.kind(node)) else {
      return ActivationRegion.endsWith(node, in: index)
    }
    return RecognizerCatalogue.recognize(node, in: index) != nil
  }

  /// The sums that make the state of each step, where a node puts the results of such steps together.
  private static func states(before node: Int, in index: GraphIndex) -> [Int]? {
    guard index.kind(node) == "Concat", let last = index.graph.nodes[node].inputs.last ?? nil,
      index.graph.nodes[node].inputs.count >= leastSteps, index.isSignal(last)
    else { return nil }
    let steps = index.graph.nodes[node].inputs.count
    var front = [last], seen: Set<ValueID> = []
    while let value = front.popLast(), seen.count < 32 {
      guard seen.insert(value).inserted, let producer = index.producer[value.index] else { continue }
      if let chain = chain(endingAt: producer, in: index), chain.count >= max(leastSteps, steps - 1) { return chain }
      guard readouts.contains(index.kind(producer)) else { continue }
      front += index.graph.nodes[producer].inputs.compactMap(\.self).filter { index.isSignal($0) }
    }
    return nil
  }

  /// Sums of which each has the one before it as a factor of a product, last to first; nil where another part of one depends
  /// on an earlier one, as in gated units and highways.
  private static func chain(endingAt node: Int, in index: GraphIndex) -> [Int]? {
    guard let link = link(node, in: index) else { return nil }
    var sums = [node], others = link.others, state = link.state
    while let next = self.link(state, in: index) {
      sums.append(state)
      others += next.others
      state = next.state
    }
    // The first step's sum has a constant for its state.
    if index.kind(state) == "Add" { sums.append(state) }
    return dependsOn(Set(sums), others, after: sums[sums.count - 1], in: index) ? nil : sums
  }

  /// What a sum of a product with an earlier sum consists of; nil for another node.
  private static func link(_ node: Int, in index: GraphIndex) -> (state: Int, others: [ValueID])? {
    guard index.kind(node) == "Add", let output = index.graph.nodes[node].outputs.first ?? nil else { return nil }
    let inputs = index.graph.nodes[node].inputs.compactMap(\.self)
    for (place, input) in inputs.enumerated() {
      guard let product = index.producer[input.index], index.kind(product) == "Mul" else { continue }
      let factors = index.graph.nodes[product].inputs.compactMap(\.self)
      for (side, factor) in factors.enumerated() {
        guard let state = index.producer[factor.index], index.kind(state) == "Add",
          index.type(factor).shape == index.type(output).shape
        else { continue }
        return (state, [factors[1 - side], inputs[1 - place]])
      }
    }
    return nil
  }

  /// Whether values depend on the results of some nodes, the first of which is `first`.
  private static func dependsOn(_ nodes: Set<Int>, _ values: [ValueID], after first: Int, in index: GraphIndex) -> Bool {
    var front = values, seen: Set<Int> = []
    while let value = front.popLast() {
      guard let node = index.producer[value.index], node >= first, seen.insert(node).inserted else { continue }
      if nodes.contains(node) { return true }
      front += index.graph.nodes[node].inputs.compactMap(\.self)
    }
    return false
  }

  private static func axis(of node: Int, in index: GraphIndex) -> Int {
    guard case .int(let axis)? = index.origins[node].attributes["axis"] else { return 0 }
    let rank = index.graph.nodes[node].outputs.first.flatMap { $0 }.map { index.type($0).shape.rank } ?? 0
    return Int(axis) < 0 ? Int(axis) + rank : Int(axis)
  }
}
