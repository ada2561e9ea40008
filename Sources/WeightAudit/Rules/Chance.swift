import Glibc
import SampleStatistics

/// How likely chance makes differences as large as those seen.
enum Chance {
  /// The probability that two variances of normal draws, of so many values each, differ by this ratio: by the normal limit
  /// of the logarithm's distribution, whose variance is 2/n + 2/m. Tails of small samples are heavier: 8 values at least.
  static func ofRatio(_ ratio: Double, _ n: Int, _ m: Int) -> Double {
    guard ratio > 0, min(n, m) >= 8 else { return ratio > 0 ? 1 : 0 }
    let error = (2 / Double(n - 1) + 2 / Double(m - 1)).squareRoot()
    return Estimators.normalProbability(beyond: log(ratio) / error)
  }
}
