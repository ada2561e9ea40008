import SampleStatistics

extension BiasSummary {
  /// Summarizes one replica's bias, in true units.
  init(of values: [Double]) {
    let finite = values.filter(\.isFinite)
    let mean = finite.isEmpty ? 0 : Estimators.mean(finite)
    // Squares are taken relative to the largest deviation, so that they stay within Double.
    let deviations = finite.map { $0 - mean }
    let largest = deviations.lazy.map(abs).max() ?? 0
    let squares = largest > 0 ? deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) } : 0
    self.init(
      mean: mean, variance: finite.count > 1 ? squares / Double(finite.count - 1) * largest * largest : 0,
      min: finite.min() ?? 0, max: finite.max() ?? 0, nonFinite: values.count - finite.count)
  }
}
