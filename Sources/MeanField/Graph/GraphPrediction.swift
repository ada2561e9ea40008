import NetworkGraph

/// Predicts the second moments of a graph of layers, normalizations and sums at infinite width, forward and backward.
///
/// A layer's fresh weights of mean zero make its units independent of all that came before, so that two signals are
/// correlated through their means alone: `E h a = E h E a` over units. That is what makes `x + relu(Wx)` grow faster than by
/// its branch's share. Backward, what returns through weights is independent of what returns through a sum (Yang and
/// Schoenholz 2017, section 3, which take the means for 0; they are kept here).
public struct GraphPrediction: Sendable {
  /// Second moments at one node. For a sum, those before and after its activation are the same.
  public struct Node: Sendable, Hashable {
    public var preactivation: Double
    public var activation: Double
    /// The gradient with respect to the node's output.
    public var gradient: Double
    public var preactivationGradient: Double
    /// The mean correlation of two samples' pre-activations over pairs.
    public var correlation: Double
  }

  /// The most nodes that a graph may have, since sums may reach across all of them.
  public static let largestNodeCount = 4096

  public let nodes: [Node]

  /// Predicts the graph, node by node.
  ///
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
      graph, slopes: forward.slopes, weightVariances: forward.weightVariances, inverses: forward.inverses,
      cotangent: cotangent.secondMoment)
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
    // How often each node is added, and how often it is read.
    var uses = (sums: [Int](repeating: 0, count: graph.count), readers: [Int](repeating: 0, count: graph.count))
    for node in graph {
      for case .some(let source) in node.inputs where graph.indices.contains(source) {
        uses.readers[source] += 1
        if node.operation.branchGain != nil { uses.sums[source] += 1 }
      }
    }
    let hasSharedSums = uses.sums.contains { $0 > 1 }
    for (index, node) in graph.enumerated() {
      guard !node.inputs.isEmpty, node.inputs.allSatisfy({ $0.map { $0 >= 0 && $0 < index } ?? true }) else {
        throw MeanFieldError(
          .argument, "node \(index + 1) takes inputs that do not stand before it", hint: "Order nodes inputs first.")
      }
      if let normalization = node.operation.normalization {
        try MeanFieldError.checkVariance(normalization.epsilon, "epsilon of node \(index + 1)")
        try checkNormalization(graph, index, normalization, uses, hasSharedSums: hasSharedSums, batch: input.batch)
      }
      guard let layer = node.operation.layer else { continue }
      try MeanFieldError.checkVariance(layer.weightVariance, "weight variance of node \(index + 1)")
      try MeanFieldError.checkVariance(layer.biasVariance, "bias variance of node \(index + 1)")
    }
  }

  /// Checks that normalizations can be predicted: their input is normal where their activation is not linear, and gradients
  /// do not meet in a sum on two paths.
  private static func checkNormalization(
    _ graph: [GraphNode], _ index: Int, _ normalization: NormalizedSignal, _ uses: (sums: [Int], readers: [Int]),
    hasSharedSums: Bool, batch: Int
  ) throws(MeanFieldError) {
    guard graph[index].inputs.count == 1, let source = graph[index].inputs[0] else {
      throw MeanFieldError(
        .argument, "the normalization at node \(index + 1) does not read one earlier node",
        hint: "Put a fully connected layer before it.")
    }
    let isNormal = graph[source].operation.layer != nil && graph[source].operation.isLinear
    guard isNormal || normalization.axis == .layer && graph[index].operation.isLinear else {
      throw MeanFieldError(
        .argument, "the normalization at node \(index + 1) acts on a signal that is not normal",
        hint: "Theory follows it behind a linear layer, or over a layer without activation.")
    }
    if normalization.axis == .batch, batch < smallestBatch {
      throw MeanFieldError(
        .argument, "a batch of \(batch) is too small for theory of batch normalization",
        hint: "Take \(smallestBatch) or more.")
    }
    let isSum = graph[source].operation.branchGain != nil
    guard uses.sums[index] == 0 || uses.readers[source] == 1 && !(isSum && hasSharedSums) else {
      throw MeanFieldError(
        .argument, "the gradients that meet below the normalization at node \(index + 1) depend on each other",
        hint: "Theory follows normalizations whose ways back part once.")
    }
  }

  /// In smaller batches the batch's own mean and variance vary by more than a tenth.
  private static let smallestBatch = 16
}
