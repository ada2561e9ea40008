import SampleStatistics

/// The scatter that one layer of n units adds to log squared gradients, by averaging `f'^2 g^2` over its units.
struct BackwardInnovation {
  /// The relative variance of the mean of f'^2 g^2 for one sample, and the covariance of two samples.
  let own: (single: Double, pair: Double)
  /// The variance of its logarithm.
  let logarithm: (single: Double, pair: Double)
  /// Its covariance with the scatter that the layer adds forward.
  let shared: (single: Double, pair: Double)
  /// `E f^2 f'^2 / (E f^2 E f'^2) - 1`.
  let mixedExcess: Double

  /// Computes the scatter.
  ///
  /// - Parameters:
  ///   - keptAbove: The part of 1/n that orthogonal weights above remove from the sampling of g.
  ///   - alignment: The mean squared cosine between two samples' gradients.
  init(_ layer: ForwardLayer, keptAbove: Double, alignment: Double) {
    let n = Double(layer.layer.units)
    let slopes = layer.single.derivativeSecondMoment, square = slopes * slopes
    guard slopes > 0 else {
      (own, logarithm, shared, mixedExcess) = ((0, 0), (0, 0), (0, 0), 0)
      return
    }
    // Orthogonal weights keep the norms of z and, from above, of g: these parts of f'^2 g^2 and of f^2 do not vary.
    let t = layer.single.derivativeElasticity, s = layer.single.elasticity
    let kept = layer.keptShare, c2 = layer.correlation * layer.correlation
    let kappa = 3 * layer.single.derivativeFourthMoment / square - 1
    let kappaOfPair = (1 + 2 * alignment) * layer.cross.derivativeSquareProduct / square - 1
    let own = (
      single: max(0, kappa / n - 2 * keptAbove - 2 * t * t * kept),
      pair: max(0, kappaOfPair / n - 2 * keptAbove * alignment - 2 * t * t * kept * c2)
    )
    self.own = own
    logarithm = (
      GammaLogarithm.variance(relativeVariance: own.single), GammaLogarithm.variance(relativeVariance: own.pair)
    )
    let product = layer.single.secondMoment * slopes
    let rho =
      product > 0
      ? (layer.single.mixedFourthMoment / product - 1, layer.cross.mixedSquareProduct / product - 1) : (0, 0)
    mixedExcess = rho.0
    shared = (rho.0 / n - 2 * s * t * kept, rho.1 / n - 2 * s * t * kept * c2)
  }
}
