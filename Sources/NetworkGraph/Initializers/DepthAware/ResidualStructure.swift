/// Where a network's residual branches run: each sum's inputs but the skip, back to where they part.
///
/// The skip of a sum is the input that reaches it past the fewest layers with weights: the identity, or a projection; the
/// first of several alike. A node that stands in nested branches belongs to the innermost.
public struct ResidualStructure: Sendable {
  /// One summand of a sum that is not its skip.
  public struct Branch: Sendable, Equatable {
    /// The node that adds.
    public var sum: Int
    /// Which of the sum's inputs the branch is, and which the skip.
    public var input: Int
    public var skip: Int
    /// The branch's own nodes in order, those of nested branches left out.
    public var nodes: [Int]
  }

  public let network: Network
  /// Branches that own a layer with weights, in the order of their sums.
  public let branches: [Branch]

  public init(_ network: Network) {
    self.network = network
    var places = [Network.inputName: -1]
    for (index, node) in network.nodes.enumerated() { places[node.name] = index }
    let inputs = network.nodes.map { node in node.inputs.map { places[$0] ?? -1 } }
    let weighs = network.nodes.map(Self.hasWeights)
    var owner = [Int?](repeating: nil, count: network.nodes.count)
    var found: [Branch] = []
    // Sums in their order: a nested sum stands before the one around it, and takes its nodes first.
    for (index, node) in network.nodes.enumerated() where node.layer is Add && Set(inputs[index]).count > 1 {
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
      // What the skip itself consists of belongs to no outer branch's last layer either.
      for node in paths[skip] where owner[node] == nil { owner[node] = -1 }
    }
    branches = found.filter { branch in branch.nodes.contains { weighs[$0] } }
  }

  /// The branch's nodes that have weights, in order.
  public func weightNodes(of branch: Branch) -> [Int] { branch.nodes.filter { Self.hasWeights(network.nodes[$0]) } }

  /// The last node with weights, where no branch holds it: the classifier.
  public var classifier: Int? {
    guard let last = network.nodes.lastIndex(where: Self.hasWeights), !branches.contains(where: { $0.nodes.contains(last) })
    else { return nil }
    return last
  }

  private static func hasWeights(_ node: Network.Node) -> Bool { node.parameters.contains { $0.role == .weight } }

  /// The node through which all ways to a sum run, the nearest; -1 for the network's input.
  private static func fork(of starts: [Int], _ inputs: [[Int]]) -> Int {
    guard let latest = starts.max(), latest >= 0 else { return -1 }
    // The latest of the open nodes cannot be behind another: it is replaced by its inputs until one is left. The network's
    // input, before node 0, is the last that can be.
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

  /// The nodes between `fork` and `end`, `end` included, in order.
  private static func nodes(behind end: Int, after fork: Int, _ inputs: [[Int]]) -> [Int] {
    var seen: Set<Int> = [], open = [end]
    while let node = open.popLast() {
      guard node > fork, seen.insert(node).inserted else { continue }
      open += inputs[node]
    }
    return seen.sorted()
  }
}
