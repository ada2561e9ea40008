import Foundation
import MeanField
import NetworkGraph
import Testing

/// Normalizations and gains at infinite width against closed forms.
@Suite struct NormalizedGraphTests {
  private static func dense(_ scale: Double, _ activation: Activation = .identity, n: Int = 100) -> ChainLayer {
    ChainLayer(fanIn: n, units: n, weightVariance: scale / Double(n), activation: activation)
  }

  /// Dense, norm with relu, `depth` times.
  private static func stack(_ axis: NormalizedSignal.Axis, depth: Int, scale: Double) -> [GraphNode] {
    var nodes: [GraphNode] = []
    for level in 0..<depth {
      let below: Int? = level == 0 ? nil : 2 * level - 1
      nodes.append(GraphNode(.layer(dense(scale)), inputs: [below]))
      nodes.append(GraphNode(.normalized(NormalizedSignal(over: axis, activation: .relu)), inputs: [2 * level]))
    }
    return nodes
  }

  /// Yang 2019, section 3: for ReLU each batch-normalized layer multiplies squared gradients by pi / (pi - 1). What the
  /// samples of a unit do not share is 1/2 - 1/(2 pi) of what relu passes on, and relu'^2 is 1/2.
  @Test(arguments: [1e-6, 2, 1e6])
  func batchNormalizationExplodes(scale: Double) throws {
    let batch = 1 << 30
    let nodes = try GraphPrediction(
      Self.stack(.batch, depth: 6, scale: scale), input: ChainInput(secondMoments: [1], batch: batch)
    ).nodes
    for level in 1..<5 {
      let factor = nodes[2 * level - 1].gradient / nodes[2 * level + 1].gradient
      // Samples are opposed by 1/(batch - 1), which moves the factor by as much.
      #expect(abs(factor / (.pi / (.pi - 1)) - 1) < 1e-8)
      #expect(abs(nodes[2 * level + 1].preactivation - 1) < 1e-12)
      #expect(abs(nodes[2 * level + 1].activation - 0.5) < 1e-12)
    }
  }

  /// Samples of different norms keep their ratio through depth: what differs is not amplified by taking the mean away.
  @Test func normsOfABatchDoNotDrift() throws {
    let nodes = try GraphPrediction(
      Self.stack(.batch, depth: 30, scale: 2), input: ChainInput(secondMoments: [0.9, 1, 1.1], batch: 1 << 20)
    ).nodes
    for level in 1..<29 {
      let factor = nodes[2 * level - 1].gradient / nodes[2 * level + 1].gradient
      // Spread of norms enters by its square, 0.0067 at most.
      #expect(abs(factor / (.pi / (.pi - 1)) - 1) < 0.007)
    }
  }

  /// Behind a dense layer the units have mean 0: layer normalization divides the whole second moment out, relu halves what
  /// passes both ways, and gradients keep their size.
  @Test func layerNormalizationKeeps() throws {
    let nodes = try GraphPrediction(
      Self.stack(.layer, depth: 6, scale: 3), input: ChainInput(secondMoments: [0.5, 1.5], batch: 64)
    ).nodes
    for level in 1..<5 {
      #expect(abs(nodes[2 * level - 1].gradient / nodes[2 * level + 1].gradient - 1) < 1e-12)
      #expect(abs(nodes[2 * level + 1].preactivation - 1) < 1e-12)
    }
    // Correlations follow the arc-cosine kernel of order 1 (Cho and Saul 2009).
    for level in 1..<5 {
      let c = nodes[2 * level - 1].correlation, angle = acos(c)
      let expected = (sin(angle) + (.pi - angle) * c) / .pi
      #expect(abs(nodes[2 * level].correlation - expected) < 1e-9)
    }
  }

  @Test func epsilonAndGainCount() throws {
    let signal = NormalizedSignal(over: .layer, epsilon: 3, gain: 2)
    let nodes = try GraphPrediction(
      [GraphNode(.layer(Self.dense(1)), inputs: [nil]), GraphNode(.normalized(signal), inputs: [0])],
      input: ChainInput(secondMoments: [1])
    ).nodes
    // 4 * 1 / (1 + 3), and 4 / (1 + 3) of the cotangent's 1.
    #expect(abs(nodes[1].preactivation - 1) < 1e-14)
    #expect(abs(nodes[0].gradient - 1) < 1e-14)
  }

  /// Pre-normalized blocks add 2 each under He: m_k = m_0 + 2 k, and the gradient grows by 1 + 2 / m_(k-1) a block.
  @Test func preNormalizedSumsGrowLinearly() throws {
    var nodes = [GraphNode(.layer(Self.dense(1)), inputs: [nil])]
    for _ in 0..<20 {
      let below = nodes.count - 1
      nodes.append(GraphNode(.normalized(NormalizedSignal(over: .layer)), inputs: [below]))
      nodes.append(GraphNode(.layer(Self.dense(2, .relu)), inputs: [below + 1]))
      nodes.append(GraphNode(.layer(Self.dense(2)), inputs: [below + 2]))
      nodes.append(GraphNode(.sum, inputs: [below, below + 3]))
    }
    nodes.append(GraphNode(.layer(Self.dense(1)), inputs: [nodes.count - 1]))
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    for block in 1...20 {
      #expect(abs(prediction[4 * block].activation - Double(1 + 2 * block)) < 1e-9)
      let factor = prediction[4 * block - 4].gradient / prediction[4 * block].gradient
      // Through the branch: 1/m, twice, and half by relu': 2 * 2 / 2 / m.
      #expect(abs(factor - (1 + 2 / Double(2 * block - 1))) < 1e-9)
    }
  }

  @Test func gainsWeighBranches() throws {
    let nodes = [
      GraphNode(.layer(Self.dense(1)), inputs: [nil]), GraphNode(.layer(Self.dense(1)), inputs: [0]),
      GraphNode(.weightedSum(branchGain: 0.5), inputs: [0, 1]), GraphNode(.layer(Self.dense(1)), inputs: [2]),
    ]
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    #expect(abs(prediction[2].activation - 1.25) < 1e-14)
    #expect(abs(prediction[1].gradient - 0.25) < 1e-14)
    #expect(abs(prediction[0].gradient - 1.25) < 1e-14)
  }

  @Test func whatTheoryCannotFollowIsSaid() throws {
    let input = ChainInput(secondMoments: [1], batch: 64)
    let relu = Self.dense(2, .relu), batchNorm = GraphNode.Operation.normalized(NormalizedSignal(over: .batch))
    let layerNorm = GraphNode.Operation.normalized(NormalizedSignal(over: .layer))
    let activated = GraphNode.Operation.normalized(NormalizedSignal(over: .layer, activation: .tanh))
    let rectified = GraphNode(.layer(relu), inputs: [nil]), linear = GraphNode(.layer(Self.dense(1)), inputs: [nil])
    let graphs: [[GraphNode]] = [
      [GraphNode(batchNorm, inputs: [nil])],
      [rectified, GraphNode(batchNorm, inputs: [0])],
      [rectified, GraphNode(activated, inputs: [0])],
      [linear, GraphNode(layerNorm, inputs: [0]), GraphNode(.sum, inputs: [0, 1])],
    ]
    for graph in graphs {
      #expect(throws: MeanFieldError.self) { try GraphPrediction(graph, input: input) }
    }
    #expect(throws: MeanFieldError.self) {
      try GraphPrediction(Self.stack(.batch, depth: 1, scale: 1), input: ChainInput(secondMoments: [1], batch: 4))
    }
  }
}
