import Glibc

/// Kolmogorov's test: whether values come from a known distribution, by the largest distance between the two distribution
/// functions.
public enum KolmogorovTest {
  /// The largest distance between the sample's and the law's distribution functions, `D = sup |F_n(x) - F(x)|` (Kolmogorov
  /// 1933).
  ///
  /// - Parameters:
  ///   - values: The sample.
  ///   - cumulative: The law's distribution function, continuous.
  public static func distance(of values: [Double], cumulative: (Double) -> Double) -> Double {
    precondition(!values.isEmpty, "a distribution needs at least one value")
    let n = Double(values.count)
    var largest = 0.0
    for (index, value) in values.sorted().enumerated() {
      let probability = cumulative(value)
      // The sample's function jumps at each value, so both sides of the jump count.
      largest = max(largest, Double(index + 1) / n - probability, probability - Double(index) / n)
    }
    return largest
  }

  /// The probability that n values of the law are at such a distance, with an error of 2% from n = 100 on and 1% for
  /// probabilities below a tenth.
  ///
  /// Above 5%, Kolmogorov's limit at `(sqrt n + 0.12 + 0.11 / sqrt n) D` (Stephens 1970). Below, where that limit strays by
  /// up to 40%, twice the exact probability of one side: that both sides lie so far is then below 1e-5 of it.
  public static func probability(distance: Double, count: Int) -> Double {
    precondition(count > 0 && distance >= 0, "a distance and a count are needed, got \(distance) and \(count)")
    let root = Double(count).squareRoot()
    let limit = tail((root + 0.12 + 0.11 / root) * distance)
    guard limit < 0.05 else { return limit }
    return min(1, 2 * oneSided(distance, count))
  }

  /// The probability that the sample's distribution function lies above the law's by d somewhere:
  /// `d sum C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j)` over j up to n (1 - d) (Birnbaum and Tingey 1951).
  ///
  /// For larger samples its limit, `exp(-(6 n d + 1)^2 / 18 n)` (Maag and Dicaire 1971).
  private static func oneSided(_ d: Double, _ count: Int) -> Double {
    guard d < 1 else { return 0 }
    let n = Double(count)
    guard count <= 100_000 else { return exp(-(6 * n * d + 1) * (6 * n * d + 1) / (18 * n)) }
    let all = logGamma(n + 1)
    var sum = 0.0
    for j in 0...Int(n * (1 - d)) {
      let j = Double(j), share = 1 - d - j / n
      guard share > 0 else { continue }
      let choices = all - logGamma(j + 1) - logGamma(n - j + 1)
      sum += exp(choices + (j - 1) * log(d + j / n) + (n - j) * log(share))
    }
    return d * sum
  }

  /// `Q(x) = 2 sum (-1)^(k-1) exp(-2 k^2 x^2)`, the limiting probability that `sqrt(n) D` exceeds x.
  package static func tail(_ x: Double) -> Double {
    guard x > 0 else { return 1 }
    if x < 1.18 {
      // The theta function's other series: four terms reach Double's precision here, where the first one would cancel.
      let step = exp(-Double.pi * Double.pi / (8 * x * x))
      let sum = step + pow(step, 9) + pow(step, 25) + pow(step, 49)
      return max(0, 1 - (2 * Double.pi).squareRoot() / x * sum)
    }
    let step = exp(-2 * x * x)
    return 2 * (step - pow(step, 4) + pow(step, 9) - pow(step, 16))
  }
}
