import NetworkGraph

/// One node of a graph as theory sees it.
public struct GraphNode: Sendable {
  public enum Operation: Sendable {
    /// A fully connected layer with its activation, on one input.
    case layer(ChainLayer)
    /// A layer whose weights the batch itself scales until its pre-activations have variance 1, whatever the weight variance
    /// named: over units and samples (LSUV), or `perUnit` over the samples of each unit, with the bias taking its mean
    /// (within-layer normalization).
    case calibrated(ChainLayer, perUnit: Bool)
    /// The sum of its inputs.
    case sum
  }

  public var operation: Operation
  /// Places of the nodes whose outputs arrive, each before this one; nil is the graph's input.
  public var inputs: [Int?]

  public init(_ operation: Operation, inputs: [Int?]) {
    self.operation = operation
    self.inputs = inputs
  }
}

extension GraphNode.Operation {
  /// The layer; nil for a sum.
  var layer: ChainLayer? {
    switch self {
    case .layer(let layer), .calibrated(let layer, _): layer
    case .sum: nil
    }
  }
}

/// Mean-field theory of a graph of layers and sums at infinite width: second moments forward and backward.
///
/// A layer's fresh weights of mean zero make its units independent of all that came before, so that two signals are
/// correlated through their means alone: `E h a = E h E a` over units. That is what makes `x + relu(Wx)` grow faster than by
/// its branch's share. Backward, what returns through weights is independent of what returns through a sum (Yang and
/// Schoenholz 2017, section 3, which take the means for 0; they are kept here).
public struct GraphPrediction: Sendable {
  /// Second moments at one node; for a sum, those before and after its activation are the same.
  public struct Node: Sendable, Hashable {
    public var preactivation: Double
    public var activation: Double
    /// With respect to the node's output.
    public var gradient: Double
    public var preactivationGradient: Double
    /// The correlation of two samples' pre-activations, mean over pairs.
    public var correlation: Double
  }

  /// The most nodes that are predicted: sums may reach across all of them.
  public static let largestNodeCount = 4096

  public let nodes: [Node]

  /// - Parameters:
  ///   - graph: In an order in which inputs come first; the last is the output.
  ///   - input: The batch's moments; finite-width figures are not used.
  ///   - cotangent: What the backward pass starts from at the output.
  /// - Throws: ``MeanFieldError`` for a graph that is empty or too large, a node without inputs or with a later one, a
  ///   variance that is negative, and where a moment of an activation does not exist.
  public init(
    _ graph: [GraphNode], input: ChainInput, cotangent: ChainCotangent = ChainCotangent()
  ) throws(MeanFieldError) {
    try Self.check(graph, input)
    var forward = ForwardGraph(graph, input: input)
    for index in graph.indices { try forward.pass(index) }
    var backward = BackwardGraph(
      graph, slopes: forward.slopes, weightVariances: forward.weightVariances, cotangent: cotangent.secondMoment)
    let gradients = backward.gradients()
    nodes = graph.indices.map { index in
      Node(
        preactivation: forward.preactivations[index], activation: forward.activation(index), gradient: gradients[index],
        preactivationGradient: gradients[index] * forward.slopes[index], correlation: forward.correlations[index])
    }
  }

  private static func check(_ graph: [GraphNode], _ input: ChainInput) throws(MeanFieldError) {
    guard !graph.isEmpty, graph.count <= largestNodeCount else {
      throw MeanFieldError(
        .argument, "the graph has \(graph.count) nodes", hint: "Theory takes 1 to \(largestNodeCount).")
    }
    guard !input.secondMoments.isEmpty else {
      throw MeanFieldError(.argument, "the batch is empty", hint: "Give at least one sample's second moment.")
    }
    for m in input.secondMoments { try MeanFieldError.checkVariance(m, "input's second moment") }
    _ = try Correlation(input.cosine)
    for (index, node) in graph.enumerated() {
      guard !node.inputs.isEmpty, node.inputs.allSatisfy({ $0.map { $0 >= 0 && $0 < index } ?? true }) else {
        throw MeanFieldError(
          .argument, "node \(index + 1) takes inputs that do not stand before it", hint: "Order nodes inputs first.")
      }
      guard let layer = node.operation.layer else { continue }
      try MeanFieldError.checkVariance(layer.weightVariance, "weight variance of node \(index + 1)")
      try MeanFieldError.checkVariance(layer.biasVariance, "bias variance of node \(index + 1)")
    }
  }
}
