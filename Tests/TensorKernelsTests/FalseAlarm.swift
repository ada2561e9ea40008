import CGSL
import Foundation

/// Bounds of statistical tests, each broken by a correct sampler with probability 1e-6.
///
/// Seeds are fixed, so a test either passes for good or fails for good; the rate bounds the chance that a correct change of
/// streams makes one fail.
enum FalseAlarm {
  static let rate = 1e-6
  /// Two-sided standard normal quantile, 4.89.
  static let deviations = gsl_cdf_ugaussian_Qinv(rate / 2)

  /// The bound on `|mean of n independent values - expectation|`, by the central limit theorem.
  static func mean(std: Double, count: Int) -> Double { deviations * std / Double(count).squareRoot() }

  /// The interval of a normal sample's variance over its expectation: chi-square with k = n - 1 degrees of freedom over k,
  /// by Wilson and Hilferty's cube root (1931): GSL's own inverse does not converge at k = 1e6.
  static func varianceRatio(count: Int) -> ClosedRange<Double> {
    let share = 2 / (9 * Double(count - 1))
    func quantile(_ z: Double) -> Double {
      let root = 1 - share + z * share.squareRoot()
      return root * root * root
    }
    return quantile(-deviations)...quantile(deviations)
  }

  /// The interval of a Poisson count.
  static func poisson(expectation: Double) -> ClosedRange<Int> {
    var low = 0
    while gsl_cdf_poisson_P(UInt32(low), expectation) < rate / 2 { low += 1 }
    var high = Int(expectation)
    while gsl_cdf_poisson_Q(UInt32(high), expectation) > rate / 2 { high += 1 }
    return low...high
  }

  /// The largest distance of a sample's distribution from its own law (Kolmogorov 1933, with Stephens's finite-n factor).
  static func kolmogorov(count: Int) -> Double {
    let root = Double(count).squareRoot()
    // P(sqrt n D > d) <= 2 exp(-2 d^2), sharp in the tail: d = 2.6935.
    return (log(2 / rate) / 2).squareRoot() / (root + 0.12 + 0.11 / root)
  }
}

/// The Kolmogorov-Smirnov distance of a sample from a distribution function.
func kolmogorovDistance(_ sample: [Float], _ distribution: (Double) -> Double) -> Double {
  let count = Double(sample.count)
  var distance = 0.0
  for (index, value) in sample.sorted().enumerated() {
    let p = distribution(Double(value))
    distance = max(distance, p - Double(index) / count, Double(index + 1) / count - p)
  }
  return distance
}

/// Sample moments in Double.
struct Moments {
  var count = 0
  var mean = 0.0
  /// Divisor n - 1.
  var variance = 0.0
  /// Central, divisor n.
  var fourth = 0.0

  init(_ sample: some Collection<Float>) {
    count = sample.count
    mean = sample.reduce(0) { $0 + Double($1) } / Double(count)
    var second = 0.0
    for value in sample {
      let square = (Double(value) - mean) * (Double(value) - mean)
      second += square
      fourth += square * square
    }
    variance = second / Double(count - 1)
    fourth /= Double(count)
  }
}

/// An array filled through its buffer.
func filled(_ count: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
  Array(unsafeUninitializedCapacity: count) { buffer, initialized in
    fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    initialized = count
  }
}
