/// What the drawn weights of one layer are, against what their scheme declares.
public struct WeightSummary: Sendable, Equatable {
  public var mean: Double
  public var variance: Double
  /// The variance that the declared law gives; nil for a data-dependent one.
  public var expectedVariance: Double?
  /// How far the weights are from orthogonal: root mean square over the smaller dimension of `|W W^T / g^2 - I|`, which is 0
  /// for a scaled orthogonal matrix and about 1 for a square Gaussian one; nil for zero weights.
  public var orthogonalityDefect: Double?
  /// The number of weights outside the range that so many draws of the declared law allow, at a false-alarm rate of 1e-6;
  /// nil without such a law.
  public var outliers: Int?
  /// The smallest and the largest finite weight, over replicas.
  public var min = 0.0
  public var max = 0.0
  /// The number of weights that are NaN or infinite, over replicas.
  public var nonFinite = 0
  /// The name of an earlier layer whose weights these repeat up to a factor, as when two layers were drawn with one seed;
  /// nil for none.
  public var sharedWith: String?
  public var histogram: Histogram?
  /// How much replicas scatter; nil for one replica.
  public var scatter: ReplicaScatter?

  package init(
    mean: Double, variance: Double, expectedVariance: Double?, orthogonalityDefect: Double?, outliers: Int?,
    histogram: Histogram?
  ) {
    self.mean = mean
    self.variance = variance
    self.expectedVariance = expectedVariance
    self.orthogonalityDefect = orthogonalityDefect
    self.outliers = outliers
    self.histogram = histogram
  }
}

/// Moments of one bias vector, pooled over replicas: `mean` and `variance` (about that mean, divisor n - 1) are means, `min`
/// and `max` extremes, `nonFinite` a sum.
public struct BiasSummary: Sendable, Equatable {
  public var mean: Double
  public var variance: Double
  public var min: Double
  public var max: Double
  public var nonFinite: Int

  package init(mean: Double, variance: Double, min: Double, max: Double, nonFinite: Int) {
    self.mean = mean
    self.variance = variance
    self.min = min
    self.max = max
    self.nonFinite = nonFinite
  }
}
