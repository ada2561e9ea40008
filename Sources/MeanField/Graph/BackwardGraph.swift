/// Second moments of a graph's gradients, from the output back.
struct BackwardGraph {
  private let graph: [GraphNode]
  private let slopes: [Double]
  private let weightVariances: [Double]
  /// Sums and layers that read each node, a sum once for each time it lists it.
  private var sums: [[Int]]
  private var readers: [[Int]]
  private var moments: [Double]
  /// Mean products of two nodes' gradients, as far as they were asked for.
  private var crossing: [[Int]: Double] = [:]

  init(_ graph: [GraphNode], slopes: [Double], weightVariances: [Double], cotangent: Double) {
    self.graph = graph
    self.slopes = slopes
    self.weightVariances = weightVariances
    sums = [[Int]](repeating: [], count: graph.count)
    readers = sums
    moments = [Double](repeating: 0, count: graph.count)
    moments[graph.count - 1] = cotangent
    for (index, node) in graph.enumerated() {
      for case .some(let source) in node.inputs {
        if case .sum = node.operation { sums[source].append(index) } else { readers[source].append(index) }
      }
    }
  }

  mutating func gradients() -> [Double] {
    for index in graph.indices.dropLast().reversed() {
      // Through weights: independent of all else, since theirs are fresh.
      var total = readers[index].reduce(0) { total, reader in
        let units = Double(graph[reader].operation.layer?.units ?? 0)
        return total + weightVariances[reader] * units * slopes[reader] * moments[reader]
      }
      for a in sums[index] {
        for b in sums[index] { total += product(a, b) }
      }
      moments[index] = total
    }
    return moments
  }

  /// The mean product of two nodes' gradients: what both have from the same sums above.
  private mutating func product(_ a: Int, _ b: Int) -> Double {
    if a == b { return moments[a] }
    let key = [min(a, b), max(a, b)]
    if let value = crossing[key] { return value }
    var value = 0.0
    for sum in sums[key[0]] { value += product(sum, key[1]) }
    crossing[key] = value
    return value
  }
}
