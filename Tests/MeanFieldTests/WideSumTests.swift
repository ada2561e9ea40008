import Foundation
import MeanField
import NetworkGraph
import TestSupport
import Testing

/// Sums of many signals, and sums of sums, against the same written out term by term.
@Suite struct WideSumTests {
  private static func relu(_ source: Int?) -> GraphNode {
    GraphNode(
      .layer(ChainLayer(fanIn: 100, units: 100, weightVariance: 2.0 / 100, activation: .relu)), inputs: [source])
  }

  /// n ReLU layers on one input, He: each has E a^2 = 1 and E a = 1 / sqrt(pi), and two are correlated by their means alone.
  @Test func manyLayersOnOneInput() throws {
    let n = 4000
    var graph = (0..<n).map { _ in Self.relu(nil) }
    graph.append(GraphNode(.sum, inputs: Array(0..<n)))
    var nodes: [GraphPrediction.Node] = []
    let seconds = try ThreadTime.seconds { nodes = try GraphPrediction(graph, input: ChainInput(secondMoments: [1])).nodes }
    let expected = Double(n) * (1 - 1 / .pi) + Double(n * n) / .pi
    #expect(abs(nodes[n].activation / expected - 1) < 1e-12)
    #expect(nodes[..<n].allSatisfy { $0.gradient == 1 })
    // Pair by pair it took a minute. A few milliseconds do.
    #expect(seconds < 20 * ThreadTime.patience)
  }

  /// A signal that a sum lists k times is k times the signal, forward and backward.
  @Test func aSignalListedOftenIsALargerOne() throws {
    let graph = [Self.relu(nil), GraphNode(.sum, inputs: Array(repeating: 0, count: 1000))]
    let nodes = try GraphPrediction(graph, input: ChainInput(secondMoments: [1])).nodes
    #expect(abs(nodes[1].activation / 1e6 - 1) < 1e-12)
    #expect(abs(nodes[0].gradient / 1e6 - 1) < 1e-12)
  }

  /// Random graphs of layers, sums and weighted sums: each signal is a combination of what single layers made, each gradient
  /// one of what came through single layers. Both are carried whole here.
  @Test(arguments: UInt64(1)...20)
  func randomGraphs(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let count = 60
    var graph: [GraphNode] = [Self.relu(nil)]
    for index in 1..<count {
      // The last node takes what nothing else does.
      let used = Set(graph.flatMap { $0.inputs.compactMap { $0 } })
      let open = (0..<index).filter { !used.contains($0) }
      if index == count - 1 {
        graph.append(GraphNode(.sum, inputs: open))
        continue
      }
      let near = max(0, index - 6)..<index
      func source() -> Int? { Int.random(in: 0..<12, using: &random) == 0 ? nil : Int.random(in: near, using: &random) }
      switch Int.random(in: 0..<3, using: &random) {
      case 0: graph.append(Self.relu(source()))
      case 1: graph.append(GraphNode(.sum, inputs: (0..<Int.random(in: 1...4, using: &random)).map { _ in source() }))
      default:
        graph.append(
          GraphNode(
            .weightedSum(branchGain: 0.3), inputs: (0..<Int.random(in: 1...3, using: &random)).map { _ in source() }))
      }
    }
    let nodes = try GraphPrediction(graph, input: ChainInput(secondMoments: [1])).nodes

    // Forward: factors of each layer's activations, the input's last.
    var factors: [[Double]] = [], second: [Double] = [], mean = [Double](repeating: 0, count: count)
    var own = [Double](repeating: 0, count: count + 1)
    own[count] = 1
    func vector(_ source: Int?) -> [Double] {
      if let source { return factors[source] }
      var unit = [Double](repeating: 0, count: count + 1)
      unit[count] = 1
      return unit
    }
    func gains(_ node: GraphNode) -> [Double]? {
      switch node.operation {
      case .sum: node.inputs.map { _ in 1 }
      case .weightedSum(let gain): node.inputs.indices.map { $0 == 0 ? 1 : gain }
      default: nil
      }
    }
    for (index, node) in graph.enumerated() {
      var combined = [Double](repeating: 0, count: count + 1)
      if let gains = gains(node) {
        for (source, gain) in zip(node.inputs, gains) {
          for (place, factor) in vector(source).enumerated() { combined[place] += gain * factor }
        }
        let total = zip(combined, mean + [0]).reduce(0) { $0 + $1.0 * $1.1 }
        second.append(combined.indices.reduce(0) { $0 + combined[$1] * combined[$1] * own[$1] } + total * total)
      } else {
        combined[index] = 1
        // q = 2 m below; E a^2 = q / 2 and E a = sqrt(q / 2 pi).
        let below = node.inputs[0].map { second[$0] } ?? 1
        second.append(below)
        mean[index] = (below / .pi).squareRoot()
        own[index] = below * (1 - 1 / .pi)
      }
      factors.append(combined)
    }
    for index in graph.indices {
      #expect(abs(nodes[index].activation / second[index] - 1) < 1e-9, "node \(index)")
    }

    // Backward: factors of what comes through each layer, and at the output.
    var returning = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var fresh = [Double](repeating: 0, count: count), gradient = fresh
    for index in graph.indices.reversed() {
      returning[index][index] = 1
      fresh[index] = index == count - 1 ? 1 : 0
      for (consumer, node) in graph.enumerated() where consumer > index {
        for (place, source) in node.inputs.enumerated() where source == index {
          if let gain = gains(node)?[place] {
            for k in 0..<count { returning[index][k] += gain * returning[consumer][k] }
          } else {
            // n sw2 / n E f'^2 = 2 / 2.
            fresh[index] += gradient[consumer]
          }
        }
      }
      gradient[index] = (0..<count).reduce(0) { $0 + returning[index][$1] * returning[index][$1] * fresh[$1] }
      #expect(abs(nodes[index].gradient - gradient[index]) <= 1e-9 * gradient[index], "node \(index)")
    }
  }

  /// Normalized behind d, and added to a sum that holds d: what theory does not cover is refused, wherever d stands.
  @Test func aNormalizedSignalIsNotAddedToASumThatHoldsIt() {
    let linear = GraphNode(
      .layer(ChainLayer(fanIn: 100, units: 100, weightVariance: 0.01, activation: .identity)), inputs: [nil])
    let norm = GraphNode(.normalized(NormalizedSignal(over: .layer)), inputs: [0])
    for graph in [
      [linear, norm, GraphNode(.sum, inputs: [0, 1])],
      [linear, GraphNode(.sum, inputs: [nil, 0]), norm, GraphNode(.sum, inputs: [1, 2])],
      [linear, norm, GraphNode(.sum, inputs: [nil, 0]), GraphNode(.sum, inputs: [2, 1])],
    ] {
      #expect(throws: MeanFieldError.self) { try GraphPrediction(graph, input: ChainInput(secondMoments: [1])) }
    }
  }
}
