import Execution
import NetworkGraph

/// A network's nodes by number: who reads whom, and where a backward pass can restart from a single stored signal.
package struct ExecutionPlan: Sendable {
  static let input = -1

  let network: Network
  /// For each node, its inputs as node numbers; `input` is the network's input.
  let inputs: [[Int]]
  /// For each node, the nodes that read its activation.
  let consumers: [[Int]]
  let inputConsumers: [Int]
  let hasWeights: [Bool]
  /// Which nodes need their signals again in the backward pass.
  let usesKernel: [Bool]
  /// The node numbers p such that everything from p on depends on earlier nodes only through node p - 1.
  let cuts: [Int]
  /// The order of the nodes. A node's value is its activation, by the node's number.
  let schedule: StepSchedule

  package init(_ network: Network) {
    self.network = network
    var numbers = [Network.inputName: ExecutionPlan.input]
    for (index, node) in network.nodes.enumerated() { numbers[node.name] = index }
    let inputs = network.nodes.map { node in node.inputs.map { numbers[$0] ?? ExecutionPlan.input } }
    var consumers = [[Int]](repeating: [], count: network.nodes.count)
    var inputConsumers: [Int] = []
    for (index, sources) in inputs.enumerated() {
      for source in Set(sources) {
        if source == ExecutionPlan.input { inputConsumers.append(index) } else { consumers[source].append(index) }
      }
    }
    self.inputs = inputs
    self.consumers = consumers
    self.inputConsumers = inputConsumers
    usesKernel = network.nodes.map(OperatorCatalogue.usesKernel)
    hasWeights = network.nodes.map { $0.layer.weightShape(from: $0.inputShapes) != nil }
    // A cut before p is impossible if an edge spans it from before p - 1.
    var cuts: [Int] = []
    var furthest = inputConsumers.max() ?? 0
    for p in 1..<max(1, network.nodes.count) {
      if p >= 2 { furthest = max(furthest, consumers[p - 2].max() ?? 0) }
      if furthest < p { cuts.append(p) }
    }
    self.cuts = cuts
    schedule = StepSchedule(
      inputs.enumerated().map { index, sources in (sources.filter { $0 != ExecutionPlan.input }, [index]) },
      values: inputs.count)
  }

  package var count: Int { network.nodes.count }

  /// Splits the nodes at the chosen cuts into ranges, in order.
  func segments(cutting chosen: [Int]) -> [Range<Int>] {
    let bounds = [0] + chosen + [count]
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }
}
