import Glibc

/// Whether values come from a law that is known in full: the largest distance between two distribution functions.
public enum KolmogorovTest {
  /// `D = sup |F_n(x) - F(x)|` (Kolmogorov 1933).
  ///
  /// - Parameter cumulative: The law's distribution function, continuous.
  public static func distance(of values: [Double], cumulative: (Double) -> Double) -> Double {
    precondition(!values.isEmpty, "a distribution needs at least one value")
    let n = Double(values.count)
    var largest = 0.0
    for (index, value) in values.sorted().enumerated() {
      let probability = cumulative(value)
      // The sample's function jumps at each value: both of its sides count.
      largest = max(largest, Double(index + 1) / n - probability, probability - Double(index) / n)
    }
    return largest
  }

  /// The probability that n values of the law lie so far from it.
  ///
  /// Kolmogorov's limit at `(sqrt n + 0.12 + 0.11 / sqrt n) D` (Stephens 1970), whose error is below 1% of the probability
  /// from n = 20 on.
  public static func probability(distance: Double, count: Int) -> Double {
    precondition(count > 0 && distance >= 0, "a distance and a count are needed, got \(distance) and \(count)")
    let root = Double(count).squareRoot()
    return tail((root + 0.12 + 0.11 / root) * distance)
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
