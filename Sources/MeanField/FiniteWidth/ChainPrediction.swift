import NetworkGraph

/// Predicts, layer by layer, what an audit of a feed-forward chain measures.
///
/// Valid where widths are large against kappa (5 for ReLU) times depth: deviations of log second moments are carried to
/// first order in 1/width, with the gamma law of each layer's own sampling. Assumes weights of mean zero, independent
/// between layers, and inputs whose directions are generic.
public struct ChainPrediction: Sendable {
  /// The predictions, from first to last layer.
  public let layers: [LayerPrediction]

  /// The forward quantities; correlations and growth are computed from them when asked for.
  let forward: [ForwardLayer]
  let backward: BackwardLayers
  let input: ChainInput

  /// Predicts the chain, layer by layer.
  ///
  /// - Parameters:
  ///   - layers: Input to output; each layer's fan-in is the units of the one below.
  ///   - input: What the first layer is fed.
  ///   - cotangent: What the backward pass starts from: standard normal by default.
  /// - Throws: ``MeanFieldError`` for an empty batch or layer, a negative variance, a cosine beyond ±1, widths that do not
  ///   fit, and where a moment of an activation does not exist.
  public init(
    _ layers: [ChainLayer], input: ChainInput, cotangent: ChainCotangent = ChainCotangent()
  ) throws(MeanFieldError) {
    try Self.check(layers, input, cotangent)
    if let scale = try HomogeneousScale(layers) {
      // Correlations and covariances of logarithms are the same at any scale.
      let scaled = try Self(scale.layers, input: input, cotangent: cotangent)
      (forward, backward, self.input) = (scaled.forward, scaled.backward, input)
      self.layers = scale.restored(scaled.layers)
      return
    }
    var passed = [ForwardLayer]()
    var known = [Activation: ActivationMoments]()
    var groups = Self.condensed(input.secondMoments), exponent = 0
    var cosine = (mean: input.cosine, variance: input.cosineVariance)
    var deviation = LogDeviation().adding(input.relativeVariance, pair: input.relativeVariance)
    for layer in layers {
      let moments = known[layer.activation] ?? .coarse(layer.activation)
      // Two custom activations of one name compare equal, but must not share moments.
      if !layer.activation.isCustom { known[layer.activation] = moments }
      let next = try ForwardLayer(
        layer, moments, inputs: groups, exponent: exponent, cosine: cosine, deviation: deviation)
      passed.append(next)
      (groups, exponent) = (next.groups, next.exponents.secondMoment)
      (cosine, deviation) = (next.activationCosine, next.activation)
    }
    let returned = BackwardLayers(passed, input: input, cotangent: cotangent)
    (forward, backward, self.input) = (passed, returned, input)
    self.layers = zip(passed, returned.predictions).map { forward, backward in
      LayerPrediction(
        preactivation: forward.preactivation.prediction(
          forward.variance, exponent: forward.exponents.variance, batch: input.batch),
        activation: forward.activation.prediction(
          forward.secondMoment, exponent: forward.exponents.secondMoment, batch: input.batch),
        gradient: backward.gradient, preactivationGradient: backward.preactivationGradient,
        correlation: forward.correlation)
    }
  }

  /// At most sixteen groups of equal size by rank, each with its mean: only sums of norms matter.
  static func condensed(_ secondMoments: [Double]) -> [Double] {
    let count = 16
    guard secondMoments.count > count else { return secondMoments }
    let sorted = secondMoments.sorted()
    return (0..<count).map { group in
      let members = sorted[(group * sorted.count / count)..<((group + 1) * sorted.count / count)]
      return members.reduce(0, +) / Double(members.count)
    }
  }

  private static func check(
    _ layers: [ChainLayer], _ input: ChainInput, _ cotangent: ChainCotangent
  ) throws(MeanFieldError) {
    guard !input.secondMoments.isEmpty, input.batch > 0 else {
      throw MeanFieldError(
        .argument, "the batch is empty", hint: "Give at least one sample's second moment and a batch of 1.")
    }
    for m in input.secondMoments { try MeanFieldError.checkVariance(m, "input's second moment") }
    try MeanFieldError.checkVariance(input.relativeVariance, "input's relative variance")
    try MeanFieldError.checkVariance(cotangent.secondMoment, "cotangent's second moment")
    try MeanFieldError.checkVariance(input.cosineVariance, "variance of the input's cosines")
    try MeanFieldError.checkVariance(input.meanCosineVariance, "variance of the input's mean cosine")
    _ = try Correlation(input.cosine)
    _ = try Correlation(cotangent.cosine)
    for (index, layer) in layers.enumerated() {
      guard layer.fanIn > 0, layer.units > 0 else {
        throw MeanFieldError(
          .argument, "layer \(index + 1) has \(layer.units) units and fan-in \(layer.fanIn)", hint: "Both must be positive.")
      }
      if index > 0, layers[index - 1].units != layer.fanIn {
        throw MeanFieldError(
          .argument, "layer \(index + 1) has fan-in \(layer.fanIn) above \(layers[index - 1].units) units",
          hint: "A chain's fan-ins are the widths of the layers below.")
      }
      try MeanFieldError.checkVariance(layer.weightVariance, "weight variance of layer \(index + 1)")
      try MeanFieldError.checkVariance(layer.biasVariance, "bias variance of layer \(index + 1)")
    }
  }
}
