import Glibc
import MeanField

/// What theory says of the first layers, in which the variance is still on its way to q*.
///
/// chi1 is the factor of squared gradients where the variance has settled. Before that layer l has a factor of its own,
/// `sw2 E f'^2` at its variance `q_l`, with `q_1` the starting variance and `q_{l+1} = V(q_l)`. Their product is what a
/// network of usual depth shows, and it may be far from `chi1^20`.
public struct FirstLayers: Sendable, Hashable {
  /// How many layers.
  public static let count = 20

  /// The variance of the first layer's pre-activations.
  public var startingVariance: Double
  /// log10 of the product of the layers' factors; minus infinity where no gradient passes.
  public var log10Gradients: Double
  /// The variance of the pre-activations behind them.
  public var variance: Double

  /// Follows the variance from layer to layer.
  ///
  /// - Parameters:
  ///   - table: The moments of the activation.
  ///   - weightVariance: A weight's variance times the fan-in.
  ///   - biasVariance: A bias's variance.
  ///   - startingVariance: The variance of the first layer's pre-activations.
  /// - Returns: Nil where a variance or a moment leaves the range of Double on the way.
  init?(_ table: MomentTable, weightVariance: Double, biasVariance: Double, startingVariance: Double) {
    guard let map = try? VarianceMap(table, weightVariance: weightVariance, biasVariance: biasVariance),
      let variances = try? map.iterates(from: startingVariance, count: Self.count), variances.count == Self.count + 1
    else { return nil }
    var decades = 0.0
    for variance in variances.dropLast() {
      guard let moments = try? table.moments.moments(variance: variance) else { return nil }
      decades += log10(weightVariance * moments.derivativeSecondMoment)
    }
    guard !decades.isNaN, decades < .infinity else { return nil }
    self.startingVariance = startingVariance
    (log10Gradients, variance) = (decades, variances[Self.count])
  }
}
