/// Finds a network's residual branches: the nodes of each sum's inputs, apart from its skip, back to where they part.
///
/// The skip of a sum is the input that reaches it past the fewest layers with weights: the identity, or a projection; the
/// first of several alike. A node that stands in nested branches belongs to the innermost.
public struct ResidualStructure: Sendable {
  /// One input of a sum that is not its skip.
  public struct Branch: Sendable, Equatable {
    /// Index of the node that adds.
    public var sum: Int
    /// Which of the sum's inputs is the branch, and which the skip.
    public var input: Int
    public var skip: Int
    /// The branch's own nodes in order, without those of nested branches.
    public var nodes: [Int]
  }

  public let network: Network
  /// Branches that hold a layer with weights, in the order of their sums.
  public let branches: [Branch]

  public init(_ network: Network) {
    self.network = network
    var places = [Network.inputName: -1]
    for (index, node) in network.nodes.enumerated() { places[node.name] = index }
    let inputs = network.nodes.map { node in node.inputs.map { places[$0] ?? -1 } }
    let weighs = network.nodes.map(Self.hasWeights)
    var owner = [Int?](repeating: nil, count: network.nodes.count)
    var found: [Branch] = []
    // In the order of the sums: an inner sum comes before the outer one, and takes its nodes first.
    for (index, node) in network.nodes.enumerated() where node.layer.traits.contains(.sums) && Set(inputs[index]).count > 1 {
      let fork = Self.fork(of: inputs[index], inputs)
      let paths = inputs[index].map { Self.nodes(behind: $0, after: fork, inputs) }
      let lengths = paths.map { path in path.count { weighs[$0] } }
      let skip = lengths.indices.min { (lengths[$0], $0) < (lengths[$1], $1) } ?? 0
      let shared = Set(paths[skip])
      for (place, path) in paths.enumerated() where place != skip {
        let own = path.filter { owner[$0] == nil && !shared.contains($0) }
        for node in own { owner[node] = found.count }
        found.append(Branch(sum: index, input: place, skip: skip, nodes: own))
      }
      // Nodes on the skip itself do not belong to an outer branch either.
      for node in paths[skip] where owner[node] == nil { owner[node] = -1 }
    }
    branches = found.filter { branch in branch.nodes.contains { weighs[$0] } }
  }

  /// The branch's nodes that have weights, in order.
  public func weightNodes(of branch: Branch) -> [Int] { branch.nodes.filter { Self.hasWeights(network.nodes[$0]) } }

  /// The last node with weights that is in no branch: the classifier.
  public var classifier: Int? {
    guard let last = network.nodes.lastIndex(where: Self.hasWeights), !branches.contains(where: { $0.nodes.contains(last) })
    else { return nil }
    return last
  }

  private static func hasWeights(_ node: Network.Node) -> Bool { node.parameters.contains { $0.role == .weight } }

  /// The nearest node through which all paths to a sum run; -1 for the network's input.
  private static func fork(of starts: [Int], _ inputs: [[Int]]) -> Int {
    guard let latest = starts.max(), latest >= 0 else { return -1 }
    // Repeatedly replaces the latest of the open nodes by its inputs, until one node is left. The network's input, before
    // node 0, is the last that can remain.
    var isOpen = [Bool](repeating: false, count: latest + 2), open = 0
    func opening(_ node: Int) {
      if !isOpen[node + 1] { open += 1 }
      isOpen[node + 1] = true
    }
    starts.forEach(opening)
    for node in stride(from: latest, through: 0, by: -1) where isOpen[node + 1] {
      if open == 1 { return node }
      open -= 1
      inputs[node].forEach(opening)
    }
    return -1
  }

  /// The nodes between `fork` and `end` in order, with `end` and without `fork`.
  private static func nodes(behind end: Int, after fork: Int, _ inputs: [[Int]]) -> [Int] {
    var seen: Set<Int> = [], open = [end]
    while let node = open.popLast() {
      guard node > fork, seen.insert(node).inserted else { continue }
      open += inputs[node]
    }
    return seen.sorted()
  }
}
