import Glibc
import NetworkGraph

// The mean over pairs of the cosine of two samples is 1 - s/m to first order in their deviations, m the batch's mean square
// and s its separation, the mean over pairs of |a_1 - a_2|^2 / (2 n). Both are means over units, so they have a covariance
// matrix of order 1/n, and a layer maps their logarithms: with omega = sw2 m / q
//   log q -> omega log m,   log q (1 - rho) -> log s     (biases cancel in a difference),
//   log M -> s_M log q,     log S -> e log q (1 - rho) + (e' - e) log q,
// e and e' as in ``ExchangeableMoments``, to which each layer adds its own sampling. All pairs share one set of weights: a
// larger batch averages the deviations of single pairs, (1 - c^2)^2/n for normals (Fisher 1915), but not what is common.
// The mean carries the term of order 1/n that the spread of pairs makes in the map, not the cosine's own bias, for normals
// c (1 - c^2) / 2n, nor what fluctuating variances add: 0.6/n at most in simulated networks, 1/sqrt n of the deviation.

/// Predicts the mean cosine over a batch's pairs of samples: its mean over replicas, and its variance.
public struct CorrelationPrediction: Sendable, Hashable {
  /// The mean at infinite width, corrected for the spread of single pairs.
  public var mean: Double
  /// The variance over replicas, to first order in 1/width. A mean over R replicas has standard error sqrt(variance / R).
  public var variance: Double
}

extension ChainPrediction {
  /// The predicted mean cosine over pairs of samples, layer by layer, of pre-activations and of activations
  /// (`cosineSimilarity` in an audit).
  ///
  /// For weights that are independent of each other; orthogonal ones deviate less. Samples are taken as exchangeable: one
  /// norm, one cosine. Some milliseconds a layer.
  ///
  /// - Throws: ``MeanFieldError`` for a batch of one, and where correlations are negative, which no large batch can share.
  public func correlations() throws(MeanFieldError) -> [(
    preactivation: CorrelationPrediction, activation: CorrelationPrediction
  )] {
    guard input.batch > 1 else {
      throw MeanFieldError(.argument, "a batch of one has no pairs of samples", hint: "Give a batch of at least 2.")
    }
    guard input.cosine >= 0 else {
      throw MeanFieldError(
        .argument, "the inputs' cosine is \(input.cosine)", hint: "Give inputs whose mean cosine is not negative.")
    }
    let b = Double(input.batch)
    var known = [ActivationKey: ActivationMoments]()
    let apart = 1 - input.cosine
    // s = m (1 - c): where all inputs are equal, s stays 0.
    let spread = apart > 0 ? input.meanCosineVariance / (apart * apart) : 0
    var state = BatchCovariance(
      square: input.relativeVariance, mixed: input.relativeVariance, separation: input.relativeVariance + spread)
    return forward.enumerated().map { index, layer in
      let key: ActivationKey = layer.layer.activation.isCustom ? .layer(index) : .name(layer.layer.activation)
      let moments = known[key] ?? .coarse(layer.layer.activation)
      known[key] = moments
      // A negative mean of an odd activation is only rounding.
      let gap = min(1, 1 - layer.correlation), n = layer.layer.units
      guard layer.variance > 0, gap > 0 else {
        return (CorrelationPrediction(mean: 1, variance: 0), CorrelationPrediction(mean: 1, variance: 0))
      }
      let conditional = state.mapped(square: layer.weightShare, separation: (0, 1))
      let shared = (1 - gap) * (1 - gap)
      let sampled = conditional.adding(
        BatchCovariance(square: 2 * shared + 2 * (1 - shared) / b, mixed: 2 * gap / b, separation: 2 / (b - 1)), units: n)
      let unit = ExchangeableMoments(moments, variance: layer.variance, separation: gap, batch: input.batch)
      let e = unit.elasticity
      state =
        conditional
        .mapped(square: layer.single.elasticity, separation: (e.scale - e.separation, e.separation))
        .adding(unit.covariance, units: n)
      let activation = layer.activationCosine.mean, distance = 1 - activation
      return (
        CorrelationPrediction(mean: layer.correlation, variance: gap * gap * sampled.ofQuotient),
        CorrelationPrediction(mean: activation, variance: distance * distance * state.ofQuotient)
      )
    }
  }
}

/// A key under which moments are stored. Two custom activations of one name compare equal, but must not share moments.
private enum ActivationKey: Hashable {
  case name(Activation)
  case layer(Int)
}
