/// Second moments of a graph's gradients, from the output back.
struct BackwardGraph {
  private let graph: [GraphNode]
  private let slopes: [Double]
  private let weightVariances: [Double]
  private let inverses: [Double]
  /// Sums and layers that read each node, a sum once for each time it lists it.
  private var sums: [[(node: Int, gain: Double)]]
  private var readers: [[Int]]
  private var moments: [Double]
  /// Mean products of two nodes' gradients, as far as they were asked for.
  private var crossing: [[Int]: Double] = [:]

  init(_ graph: [GraphNode], slopes: [Double], weightVariances: [Double], inverses: [Double], cotangent: Double) {
    self.graph = graph
    self.slopes = slopes
    self.weightVariances = weightVariances
    self.inverses = inverses
    sums = Array(repeating: [], count: graph.count)
    readers = Array(repeating: [], count: graph.count)
    moments = [Double](repeating: 0, count: graph.count)
    moments[graph.count - 1] = cotangent
    for (index, node) in graph.enumerated() {
      for (place, source) in node.inputs.enumerated() {
        guard let source else { continue }
        if let gain = node.operation.branchGain {
          sums[source].append((index, place == 0 ? 1 : gain))
        } else {
          readers[source].append(index)
        }
      }
    }
  }

  mutating func gradients() -> [Double] {
    for index in graph.indices.dropLast().reversed() {
      // Through weights: independent of all else, since theirs are fresh.
      var total = readers[index].reduce(0) { total, reader in
        // A normalization divides by the deviation that it took away.
        let factor = graph[reader].operation.layer.map { weightVariances[reader] * Double($0.units) } ?? inverses[reader]
        return total + factor * slopes[reader] * moments[reader]
      }
      for a in sums[index] {
        for b in sums[index] { total += a.gain * b.gain * product(a.node, b.node) }
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
    for sum in sums[key[0]] { value += sum.gain * product(sum.node, key[1]) }
    crossing[key] = value
    return value
  }
}
