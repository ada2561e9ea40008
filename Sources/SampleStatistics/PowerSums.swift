import CGSL

/// Sums of powers per unit of one signal, from which its moments are computed.
///
/// With `d = (x - pivot) * scale`, the sums run over `rows` samples of each unit.
public struct PowerSums: Sendable {
  public var rows: Int
  public var scale: Double
  public var pivot: [Double]
  public var first: [Double]
  public var second: [Double]
  public var third: [Double]
  public var fourth: [Double]

  public init(
    rows: Int, scale: Double, pivot: [Double], first: [Double], second: [Double], third: [Double], fourth: [Double]
  ) {
    precondition(rows > 0 && scale > 0, "power sums need rows and a positive scale, got \(rows) and \(scale)")
    precondition(
      [first.count, second.count, third.count, fourth.count].allSatisfy { $0 == pivot.count } && !pivot.isEmpty,
      "one sum a unit is needed, got \(pivot.count) pivots and \(first.count) sums")
    self.rows = rows
    self.scale = scale
    self.pivot = pivot
    self.first = first
    self.second = second
    self.third = third
    self.fourth = fourth
  }
}

/// Moments of a signal over all units and samples, and the part of the variance that lies within units.
///
/// Definitions are GSL's: `variance` divides by n - 1 (`gsl_stats_variance`), `skewness` is `mean(d^3) / sd^3`
/// (`gsl_stats_skew`), `kurtosis` is `mean(d^4) / sd^4 - 3` (`gsl_stats_kurtosis`), with that same sd.
public struct GrandMoments: Sendable, Equatable {
  public var count: Int
  public var mean: Double
  public var variance: Double
  public var secondMoment: Double
  /// The skewness; nil where the variance is zero or n is below 2.
  public var skewness: Double?
  public var kurtosis: Double?
  /// Mean over units of the variance across samples (divisor: samples).
  public var withinUnitVariance: Double
  public var unitMeans: [Double]
  /// Variance of each unit across samples (divisor: samples).
  public var unitVariances: [Double]

  /// Computes the moments from power sums, by pooling units of equal size (Pebay 2008, eq. 3.1, for sets of one size) around
  /// the grand mean.
  public init(_ sums: PowerSums) {
    _ = GSL.prepared
    let units = sums.pivot.count, n = Double(sums.rows), inverse = 1 / sums.scale
    var means = [Double](repeating: 0, count: units)
    var m2 = means, m3 = means, m4 = means
    for u in 0..<units {
      let s1 = sums.first[u] / n, s2 = sums.second[u] / n, s3 = sums.third[u] / n, s4 = sums.fourth[u] / n
      // Everything but the mean stays in units of the scale until the end, far from underflow.
      means[u] = sums.pivot[u] + s1 * inverse
      m2[u] = max(0, s2 - s1 * s1)
      m3[u] = s3 - 3 * s1 * s2 + 2 * s1 * s1 * s1
      m4[u] = s4 - 4 * s1 * s3 + 6 * s1 * s1 * s2 - 3 * s1 * s1 * s1 * s1
    }
    let grand = gsl_stats_mean(means, 1, units)
    let within = gsl_stats_mean(m2, 1, units)
    var second = 0.0, third = 0.0, fourth = 0.0
    for u in 0..<units {
      let delta = (means[u] - grand) * sums.scale
      second += m2[u] + delta * delta
      third += m3[u] + delta * (3 * m2[u] + delta * delta)
      fourth += m4[u] + delta * (4 * m3[u] + delta * (6 * m2[u] + delta * delta))
    }
    let total = Double(units), size = Double(units * sums.rows)
    let population = second / total
    let sample = size > 1 ? population * size / (size - 1) : 0
    count = units * sums.rows
    mean = grand
    variance = sample * inverse * inverse
    secondMoment = population * inverse * inverse + grand * grand
    let deviation = sample.squareRoot()
    skewness = sample > 0 ? third / total / (deviation * sample) : nil
    kurtosis = sample > 0 ? fourth / total / (sample * sample) - 3 : nil
    withinUnitVariance = within * inverse * inverse
    unitMeans = means
    unitVariances = m2.map { $0 * inverse * inverse }
  }
}
