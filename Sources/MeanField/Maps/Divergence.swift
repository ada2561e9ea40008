/// A variance map without a fixed point above the start, described by its limit at infinite variance.
struct Divergence {
  let map: VarianceMap

  init(_ map: VarianceMap) { self.map = map }

  private var top: GaussianMoments { map.table.nodes[map.table.nodes.count - 1] }

  /// Whether the table's last decade still grows, in which case the limit is infinite.
  private func limit(_ value: (GaussianMoments) -> Double) -> Double {
    let nodes = map.table.nodes
    let (before, last) = (value(nodes[max(0, nodes.count - 6)]), value(top))
    return map.weightVariance * last == 0 ? 0 : last > 1.01 * before ? .infinity : map.weightVariance * last
  }

  var chi1: Double { limit(\.derivativeSecondMoment) }
  var slope: Double { limit(\.secondMomentSlope) }

  /// The correlation map of large variances: at 1e8 every activation of the catalogue is within 1e-4 of its power law.
  func correlation() throws(MeanFieldError) -> (correlation: Correlation, slope: Double) {
    let correlations = try CorrelationMap(map, variance: min(1e8, top.variance))
    // Near 1 the slope of that power law's map is 1 for every rectifier, so what is left of 1e-4 must not count.
    if correlations.slopeAtOne <= 1.001 { return (try Correlation(1), min(1, correlations.slopeAtOne)) }
    return try correlations.fixedPoint()
  }
}
