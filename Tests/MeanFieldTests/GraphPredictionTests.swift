import Foundation
import MeanField
import NetworkGraph
import Testing

/// Sums of signals at infinite width, against recursions written down by hand.
@Suite struct GraphPredictionTests {
  private static func layer(_ n: Int, _ activation: Activation, scale: Double) -> ChainLayer {
    ChainLayer(fanIn: n, units: n, weightVariance: scale / Double(n), activation: activation)
  }

  @Test func aChainIsAChain() throws {
    // So wide that the chain's pairs do not spread.
    let layers = (0..<6).map { _ in Self.layer(100_000_000, .tanh, scale: 1.7) }
    let input = ChainInput(secondMoments: [0.5, 1, 2], cosine: 0.3, batch: 64)
    let chain = try ChainPrediction(layers, input: input).layers
    let graph = try GraphPrediction(
      layers.indices.map { GraphNode(.layer(layers[$0]), inputs: [$0 == 0 ? nil : $0 - 1]) }, input: input
    ).nodes
    for (a, b) in zip(chain, graph) {
      #expect(abs(a.preactivation.secondMoment / b.preactivation - 1) < 1e-12)
      #expect(abs(a.activation.secondMoment / b.activation - 1) < 1e-12)
      #expect(abs(a.gradient.secondMoment / b.gradient - 1) < 1e-12)
      #expect(abs(a.preactivationGradient.secondMoment / b.preactivationGradient - 1) < 1e-12)
      #expect(abs(a.correlation - b.correlation) < 1e-7)
    }
  }

  /// A branch that ends linear is uncorrelated with its skip: x + W2 relu(W1 x) doubles, forward and backward, where the
  /// branch keeps the second moment.
  @Test func linearEndsDouble() throws {
    var nodes: [GraphNode] = []
    var below: Int?
    for _ in 0..<10 {
      nodes.append(GraphNode(.layer(Self.layer(100, .relu, scale: 2)), inputs: [below]))
      nodes.append(GraphNode(.layer(Self.layer(100, .identity, scale: 1)), inputs: [nodes.count - 1]))
      nodes.append(GraphNode(.sum, inputs: [below, nodes.count - 1]))
      below = nodes.count - 1
    }
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    for block in 0..<10 {
      #expect(abs(prediction[3 * block + 2].activation - pow(2, Double(block + 1))) < 1e-9)
      #expect(abs(prediction[3 * block + 2].gradient - pow(2, Double(9 - block))) < 1e-9)
    }
  }

  /// x + relu(W x) with He: m' = 2 m + 2 E x E a, where E a = sqrt(m / pi) and E x grows by it. The factor rises from 2 to
  /// where rho = E x / sqrt m stands: (rho + pi^-1/2)^2 = rho^2 (2 + 2 rho pi^-1/2).
  @Test func rectifiedBranchesAlign() throws {
    var nodes = [GraphNode(.layer(Self.layer(100, .identity, scale: 1)), inputs: [nil])]
    for _ in 0..<40 {
      nodes.append(GraphNode(.layer(Self.layer(100, .relu, scale: 2)), inputs: [nodes.count - 1]))
      nodes.append(GraphNode(.sum, inputs: [nodes.count - 2, nodes.count - 1]))
    }
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    var m = 1.0, mean = 0.0
    for block in 0..<40 {
      let a = (m / .pi).squareRoot()
      (m, mean) = (2 * m + 2 * mean * a, mean + a)
      #expect(abs(prediction[2 * block + 2].activation / m - 1) < 1e-12)
      // Backward through the sum and through the branch: 1 + 1 each.
      #expect(abs(prediction[2 * block + 2].gradient / pow(2, Double(39 - block)) - 1) < 1e-12)
    }
    let factor = prediction[80].activation / prediction[78].activation
    #expect(abs(factor - 2.9041) < 1e-4)
  }

  /// A skip of a skip: the same gradient comes back along both, and adds up before it is squared.
  @Test func gradientsOfNestedSkipsAddUp() throws {
    let layer = Self.layer(100, .identity, scale: 1)
    // s = a + b(a), t = a + s: dL/da = g (1 + 1) + W^T g, so 4 + 1.
    let nodes = [
      GraphNode(.layer(layer), inputs: [nil]), GraphNode(.layer(layer), inputs: [0]), GraphNode(.sum, inputs: [0, 1]),
      GraphNode(.sum, inputs: [0, 2]),
    ]
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    #expect(abs(prediction[0].gradient - 5) < 1e-12)
    // t = 2 a + b: 4 + 1 again.
    #expect(abs(prediction[3].activation - 5) < 1e-12)
  }

  @Test func theBatchSetsTheScale() throws {
    let nodes = (0..<5).map {
      GraphNode(.calibrated(Self.layer(50, .relu, scale: 7), perUnit: false), inputs: [$0 == 0 ? nil : $0 - 1])
    }
    for node in try GraphPrediction(nodes, input: ChainInput(secondMoments: [3, 5])).nodes {
      #expect(abs(node.preactivation - 1) < 1e-12 && abs(node.activation - 0.5) < 1e-12)
      // W^2 E f'^2 = 2 / 2 from layer to layer.
      #expect(abs(node.gradient - 1) < 1e-12)
    }
    let centred = (0..<5).map {
      GraphNode(.calibrated(Self.layer(50, .relu, scale: 7), perUnit: true), inputs: [$0 == 0 ? nil : $0 - 1])
    }
    let input = ChainInput(secondMoments: [4], cosine: 0.5, batch: 101)
    for node in try GraphPrediction(centred, input: input).nodes {
      // What a batch of n sums to zero, so that two samples have the correlation -1 / (n - 1).
      #expect(abs(node.preactivation - 1) < 1e-12 && abs(node.correlation + 0.01) < 1e-12)
    }
  }

  /// Samples of other norms stay as far from the common one as they are: the mean that is taken away goes as their norm.
  @Test func centringKeepsTheSpreadOfNorms() throws {
    let nodes = (0..<20).map {
      GraphNode(.calibrated(Self.layer(50, .relu, scale: 7), perUnit: true), inputs: [$0 == 0 ? nil : $0 - 1])
    }
    let input = ChainInput(secondMoments: [0.9, 1.1], cosine: 0, batch: 1 << 20)
    let prediction = try GraphPrediction(nodes, input: input).nodes
    // E f^2 = 1/2 of normal signals, and 1 / (1/2 - 1/(2 pi)) E f'^2 of the gradient per layer. A spread of d = 0.1 adds
    // p d^2 / 4 to the variance, p = 1/(2 pi) being what samples share: 0.12% of it.
    let growth = pow(prediction[0].gradient, 1 / 19.0), shared = 0.5 / Double.pi
    #expect(abs(prediction[19].activation - 0.5) < 1e-3)
    #expect(abs(growth / (0.5 / (0.5 - shared)) - 1) < 2 * shared * 0.01 / 4 / (0.5 - shared))
  }

  /// A branch of zeros with ReLU behind it has no gradient: the slope at exactly 0 is 0.
  @Test func zerosBeforeARectifierHaveNoSlope() throws {
    let zeros = Self.layer(100, .relu, scale: 0)
    let nodes = [
      GraphNode(.layer(Self.layer(100, .identity, scale: 1)), inputs: [nil]), GraphNode(.layer(zeros), inputs: [0]),
      GraphNode(.sum, inputs: [0, 1]),
    ]
    let prediction = try GraphPrediction(nodes, input: ChainInput(secondMoments: [1])).nodes
    #expect(prediction[1].gradient == 1 && prediction[1].preactivationGradient == 0)
  }

  @Test func badGraphsAreNamed() {
    let layer = Self.layer(4, .relu, scale: 2)
    for (graph, moments) in [
      ([], [1.0]), ([GraphNode(.layer(layer), inputs: [0])], [1]), ([GraphNode(.layer(layer), inputs: [])], [1]),
      ([GraphNode(.layer(layer), inputs: [nil])], []), ([GraphNode(.layer(layer), inputs: [nil])], [-1]),
    ] as [([GraphNode], [Double])] {
      #expect(throws: MeanFieldError.self) { try GraphPrediction(graph, input: ChainInput(secondMoments: moments)) }
    }
  }

  /// Rescaling a homogeneous chain changes no digit of what can be had without.
  @Test func scaledChainsAreTheSame() throws {
    // 50 layers of 10^0.55 stay below 10^30, 60 do not; the first 50 are the same either way but for the layers above.
    let layers = (0..<60).map { _ in Self.layer(100, .relu, scale: 2 * pow(10, 0.55)) }
    let input = ChainInput(secondMoments: [1], cosineVariance: 0.01, batch: 16)
    let short = try ChainPrediction(Array(layers.prefix(50)), input: input).layers
    let long = try ChainPrediction(layers, input: input).layers
    for (a, b) in zip(short, long) {
      #expect(abs(a.activation.meanLog10 - b.activation.meanLog10) < 1e-11)
      #expect(abs(a.activation.secondMoment / b.activation.secondMoment - 1) < 1e-11)
      #expect(abs(a.activation.varianceLog10 / b.activation.varianceLog10 - 1) < 1e-11)
    }
    // Down to 1e-66 and beyond, deviations are those of any other scale.
    let faint = (0..<60).map { _ in Self.layer(100, .relu, scale: 2 * pow(10, -1.1)) }
    for (index, (a, b)) in try zip(ChainPrediction(faint, input: input).layers, long).enumerated() {
      #expect(abs(a.activation.meanLog10 - b.activation.meanLog10 + 1.65 * Double(index + 1)) < 1e-9)
      #expect(abs(a.activation.varianceLog10 / b.activation.varianceLog10 - 1) < 1e-9)
    }
    // Counted from the output, the last fifty of the long one are the short one's, whose correlations start elsewhere.
    for (a, b) in zip(short, long.suffix(50)) {
      #expect(abs(a.gradient.secondMoment / b.gradient.secondMoment - 1) < 1e-11)
    }
  }
}
