/// Second moments of a graph's gradients, from the output back.
struct BackwardGraph {
  private let graph: [GraphNode]
  private let slopes: [Double]
  private let weightVariances: [Double]
  private let inverses: [Double]
  /// The sums and layers that read each node; a sum is listed as often as it adds the node.
  private var sums: [[(node: Int, gain: Double)]]
  private var readers: [[Int]]
  private var moments: [Double]
  /// The part of each moment that came through weights or began at the output. It is independent of all else, since every
  /// layer has its own weights.
  private var own: [Double]

  init(_ graph: [GraphNode], slopes: [Double], weightVariances: [Double], inverses: [Double], cotangent: Double) {
    self.graph = graph
    self.slopes = slopes
    self.weightVariances = weightVariances
    self.inverses = inverses
    sums = Array(repeating: [], count: graph.count)
    readers = Array(repeating: [], count: graph.count)
    moments = [Double](repeating: 0, count: graph.count)
    moments[graph.count - 1] = cotangent
    own = moments
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
      own[index] = readers[index].reduce(0) { total, reader in
        // A normalization divides by the deviation that it removed.
        let factor = graph[reader].operation.layer.map { weightVariances[reader] * Double($0.units) } ?? inverses[reader]
        return total + factor * slopes[reader] * moments[reader]
      }
      moments[index] = own[index] + throughSums(index)
    }
    return moments
  }

  /// The gradient that comes back through sums, which are correlated where they feed one another.
  ///
  /// The earliest sum is taken first: what is its own adds by squares, the rest is handed to the sums that read it. The last
  /// one left holds all of its.
  private func throughSums(_ index: Int) -> Double {
    var terms = NodeQueue(largestFirst: false)
    for sum in sums[index] { terms.add(sum.node, times: sum.gain) }
    var total = 0.0
    while let (place, factor) = terms.removeFirst() {
      guard terms.count > 0 else {
        total += factor * factor * moments[place]
        break
      }
      total += factor * factor * own[place]
      for sum in sums[place] { terms.add(sum.node, times: factor * sum.gain) }
    }
    return total
  }
}
