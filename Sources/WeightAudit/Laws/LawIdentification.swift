import Glibc
import SampleStatistics
import TensorFiles

/// Finds the law that a tensor's values look like, from its moments and extremes over all values and a sample of them.
///
/// Normal, uniform, truncated normal and log-uniform laws with their parameters fitted are compared by their likelihoods,
/// each parameter at the price that Schwarz gave it (1978, BIC), and take equal probabilities beforehand. The best one is
/// shown only where Kolmogorov's distance between it and the sample does not refute it, at one false alarm in a million
/// tensors or less: fitted parameters bring a law nearer to its sample than the test assumes.
struct LawIdentification {
  static let falseAlarmRate = 1e-6
  /// Fewer values say too little.
  static let leastCount = 12

  let result: LooksLike?

  init(_ statistics: TensorStatistics, _ entry: TensorEntry) {
    result = Self.identify(statistics, entry)
  }

  private static func identify(_ s: TensorStatistics, _ entry: TensorEntry) -> LooksLike? {
    guard entry.type.isFloat, s.nonFinite == 0, s.count > 0 else { return nil }
    if s.isConstant { return LooksLike(law: .constant(s.least), probability: 1) }
    if s.isUnitDiagonal { return LooksLike(law: .identity, probability: 1) }
    guard s.count >= leastCount, s.variance > 0, s.variance.isFinite else { return nil }
    let candidates = candidates(s)
    guard let best = candidates.max(by: { $0.score < $1.score }) else { return nil }
    let total = candidates.reduce(0) { $0 + exp($1.score - best.score) }
    if s.isOrthogonal {
      // By the mean square: a small matrix has a mean.
      let gain = ((s.variance + s.mean * s.mean) * Double(max(s.rows, s.columns))).squareRoot()
      return LooksLike(law: .orthogonal(gain: gain), probability: 1 / total)
    }
    guard fits(best.law, s) else { return nil }
    return LooksLike(law: best.law, probability: 1 / total)
  }

  /// Laws with fitted parameters and half their BIC, negated.
  private static func candidates(_ s: TensorStatistics) -> [(law: TensorLaw, score: Double)] {
    let n = Double(s.count), price = log(n) / 2, std = s.standardDeviation
    var all: [(law: TensorLaw, score: Double)] = []
    // A mean that chance explains is none.
    let mean = abs(s.mean) < 4 * std / n.squareRoot() ? 0 : s.mean
    all.append((.normal(mean: mean, std: std), -n * (log(2 * .pi * s.variance) + 1) / 2 - 2 * price))
    // The extremes of a uniform sample lie within its bounds by a part in n.
    let reach = (s.greatest - s.least) / max(1, n - 1)
    let low = s.least - reach, high = s.greatest + reach
    all.append((.uniform(low: low, high: high), -n * log(high - low) - 2 * price))
    // Cut off at equal distances from the mean.
    let bound = max(s.greatest - s.mean, s.mean - s.least) * (1 + 1 / n)
    if let cut = cut(variance: s.variance, bound: bound) {
      let sigma = bound / cut
      let mass = erf(cut / 2.0.squareRoot())
      let likelihood = -n * log(sigma * (2 * .pi).squareRoot() * mass) - n * s.variance / (2 * sigma * sigma)
      all.append(
        (
          .truncatedNormal(mean: s.mean, std: sigma, low: s.mean - bound, high: s.mean + bound), likelihood - 3 * price
        ))
    }
    // By the mean logarithm of the sample. Between nearby ends it is uniform, too.
    if s.least > 0, s.greatest > 3 * s.least, !s.sample.isEmpty {
      let logarithm = s.sample.reduce(0) { $0 + log(Double($1)) } / Double(s.sample.count)
      let room = pow(s.greatest / s.least, 1 / max(1, n - 1))
      let (low, high) = (s.least / room, s.greatest * room)
      all.append((.logUniform(low: low, high: high), -n * (logarithm + log(log(high / low))) - 2 * price))
    }
    return all
  }

  /// The cut in deviations of a normal law whose values have this variance and bound; nil beyond 4, where it shows nothing,
  /// and below 0.3, where it is uniform.
  static func cut(variance: Double, bound: Double) -> Double? {
    let ratio = variance / (bound * bound)
    func at(_ cut: Double) -> Double { TensorLaw.truncated(-cut, cut).variance / (cut * cut) }
    var (low, high) = (0.3, 4.0)
    guard ratio < at(low), ratio > at(high) else { return nil }
    for _ in 0..<50 {
      let middle = (low + high) / 2
      if at(middle) > ratio { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Whether the sample may come from the law; values that repeat, as on a coarse grid, count as one place.
  static func fits(_ law: TensorLaw, _ s: TensorStatistics, rate: Double = falseAlarmRate) -> Bool {
    guard let distance = distance(law, s) else { return true }
    return KolmogorovTest.probability(distance: distance, count: s.sample.count) > rate
  }

  /// Kolmogorov's distance beyond what the grid of the values explains; nil for a law without a distribution function.
  static func distance(_ law: TensorLaw, _ s: TensorStatistics) -> Double? {
    guard law.cumulative(0) != nil, !s.sample.isEmpty else { return nil }
    let n = Double(s.sample.count)
    var largest = 0.0
    for (index, value) in s.sample.enumerated() {
      let probability = law.cumulative(Double(value)) ?? 0
      largest = max(largest, Double(index + 1) / n - probability, probability - Double(index) / n)
    }
    return max(0, largest - max(0, s.largestTie - 1 / n))
  }
}
