import Glibc
import NetworkGraph

/// The measurements of one parameter tensor in one replica.
struct ParameterReading: Sendable {
  var values: WeightSummary
  var secondMoment: Double
  /// log2 of the root mean square; nil for zeros.
  var log2RMS: Double?
  var gradient: GradientSize?

  /// The ratio of the gradient's norm to the tensor's; nil where either is zero or not finite.
  var toWeightRatio: Double? {
    guard let log2RMS, let gradient = gradient?.log10SecondMoment else { return nil }
    return exp2(gradient / (2 * log10(2.0)) - log2RMS)
  }
}

/// Measures biases, gains and shifts, which are small enough for plain sums.
enum ParameterProbe {
  static func reading(of values: [Double], law: WeightLaw, shape: WeightShape) -> ParameterReading {
    let moments = BiasSummary(of: values), count = Double(values.count)
    var summary = WeightSummary(
      mean: moments.mean, variance: moments.variance, expectedVariance: law.variance(shape), orthogonalityDefect: nil,
      outliers: outliers(values, law: law), histogram: nil)
    summary.min = moments.min
    summary.max = moments.max
    summary.nonFinite = moments.nonFinite
    let secondMoment = moments.mean * moments.mean + moments.variance * (count - 1) / count
    return ParameterReading(
      values: summary, secondMoment: secondMoment, log2RMS: moments.nonFinite == 0 ? log2RMS(values) : nil)
  }

  private static func outliers(_ values: [Double], law: WeightLaw) -> Int? {
    guard let range = WeightProbe.allowed(by: law, count: values.count) else { return nil }
    return values.count { !range.contains($0) }
  }

  /// log2 of the root mean square. Squares are taken relative to the largest, so that they stay within Double.
  private static func log2RMS(_ values: [Double]) -> Double? {
    guard let largest = values.lazy.map(abs).max(), largest > 0, largest.isFinite else { return nil }
    let mean = values.reduce(0.0) { $0 + ($1 / largest) * ($1 / largest) } / Double(values.count)
    return log2(largest) + log2(mean) / 2
  }
}
