import CGSL
import NetworkGraph
import SignalPropagation
import Testing

/// The fused pass against GSL's own statistics on the raw array.
@Suite struct MomentTests {
  /// Shapes around the sixteen columns and 32 rows that the kernels work in.
  @Test(arguments: [(1, 1), (2, 3), (7, 15), (33, 16), (31, 17), (64, 100), (100, 47), (257, 33)])
  func everySignalAgreesWithGSL(batch: Int, width: Int) throws {
    let network = try Harness.perceptron(width, [width, width + 1, width], activation: .gelu)
    let (report, tensors) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: batch, replicas: 1, seed: 5))
    for layer in report.runs[0].layers {
      for (kind, summary) in layer.signals { compare(summary, tensors[layer.name, kind], "\(layer.name) \(kind)") }
      let weights = tensors[layer.name, .weights]
      let own = try #require(layer.weights)
      #expect(agree(own.mean, gsl_stats_mean(weights, 1, weights.count), relative: 1e-6, absolute: 1e-7))
      if weights.count > 1 {
        #expect(agree(own.variance, gsl_stats_variance(weights, 1, weights.count), relative: 1e-5))
      }
    }
  }

  /// Float sums of at most 32 terms lose at most a few parts in 1e6 (32 half-ulps, 32 * 2^-24 = 1.9e-6); the shift by the
  /// first row's value can lose one more digit in the higher moments.
  private func compare(_ own: SignalSummary, _ raw: [Double], _ label: String) {
    let n = raw.count
    let m2 = raw.reduce(0) { $0 + $1 * $1 } / Double(n)
    #expect(own.count == n)
    #expect(own.min == raw.min() && own.max == raw.max(), "\(label) extremes")
    #expect(agree(own.mean, gsl_stats_mean(raw, 1, n), relative: 0, absolute: 5e-6 * m2.squareRoot()), "\(label) mean")
    #expect(agree(own.secondMoment, m2, relative: 1e-5), "\(label) second moment")
    guard n > 1, gsl_stats_variance(raw, 1, n) > 0 else { return }
    #expect(agree(own.variance, gsl_stats_variance(raw, 1, n), relative: 1e-5), "\(label) variance")
    guard let skewness = own.skewness, let kurtosis = own.kurtosis else {
      Issue.record("\(label) has no skewness or kurtosis")
      return
    }
    #expect(agree(skewness, gsl_stats_skew(raw, 1, n), relative: 1e-4, absolute: 1e-4), "\(label) skewness")
    #expect(agree(kurtosis, gsl_stats_kurtosis(raw, 1, n), relative: 2e-4, absolute: 2e-4), "\(label) kurtosis")
  }

  @Test func cosineIsTheMeanOverPairs() throws {
    let network = try Harness.perceptron(20, [30, 10], activation: .relu)
    let (report, tensors) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 13, replicas: 1, seed: 8))
    let raw = tensors["dense_1", .activation]
    let rows = (0..<13).map { Array(raw[($0 * 30)..<($0 * 30 + 30)]) }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var total = 0.0
    for i in 0..<13 {
      for j in 0..<i { total += dot(rows[i], rows[j]) / (dot(rows[i], rows[i]) * dot(rows[j], rows[j])).squareRoot() }
    }
    let own = try #require(report.runs[0].layers[0].activation.cosineSimilarity)
    #expect(agree(own, total / 78, relative: 0, absolute: 1e-6))
  }

  @Test func spreadIsTheDeviationAcrossSamples() throws {
    let network = try Harness.perceptron(20, [30, 10], activation: .softplus)
    let (report, tensors) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 40, replicas: 1, seed: 8))
    let raw = tensors["dense_1", .activation]
    var variance = 0.0
    for unit in 0..<30 {
      let column = (0..<40).map { raw[$0 * 30 + unit] }
      variance += gsl_stats_variance(column, 1, 40) * 39 / 40 / 30
    }
    let own = try #require(report.runs[0].layers[0].activation.spread)
    #expect(agree(own, variance.squareRoot(), relative: 1e-5))
  }

  @Test func aHistogramCountsItsSubsample() throws {
    let network = try Harness.perceptron(64, [64, 10], activation: .tanh)
    let (report, tensors) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 100, replicas: 1))
    let histogram = try #require(report.runs[0].layers[0].activation.histogram)
    let raw = tensors["dense_1", .activation]
    // 6,400 values fit the subsample of 16,384, so that all of them are counted.
    #expect(histogram.counts.reduce(0, +) == raw.count)
    #expect(histogram.edges.count == histogram.counts.count + 1)
    for (index, count) in histogram.counts.enumerated() {
      let low = histogram.edges[index], high = histogram.edges[index + 1]
      // A value within Float's rounding of an edge may fall to either side.
      let slack = 1e-6 * (high - low) + 1e-7
      #expect(count >= raw.count { $0 >= low + slack && $0 < high - slack })
      #expect(count <= raw.count { $0 >= low - slack && $0 <= high + slack })
    }
  }

  /// Weight gradients are measured without directions; what is not finite in them is counted all the same.
  @Test func nonFiniteValuesAreCountedInEverySignal() throws {
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(4, [5, 3], activation: .relu), initializers: [.heNormal], batch: 3, replicas: 1)
    configuration.given.input = [Float](repeating: 1, count: 7) + [.infinity] + [Float](repeating: 1, count: 4)
    let (report, t) = try Harness.tapped(configuration)
    let first = report.runs[0].layers[0]
    for (kind, summary) in first.signals {
      #expect(summary.nonFinite == t["dense_1", kind].count { !$0.isFinite }, "\(kind)")
    }
    #expect(try #require(first.weightGradient).nonFinite > 0)
  }

  /// Sigmoid under the identity runs into its fixed point 0.659: all units alike, and a spread of a last place or two.
  @Test func theMomentsOfACollapsedSignalAgreeWithGSL() throws {
    let network = try Harness.perceptron(31, Array(repeating: 31, count: 30), activation: .sigmoid)
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.identity(gain: 1)], batch: 37, replicas: 1))
    for layer in report.runs[0].layers { compare(layer.preactivation, t[layer.name, .preactivation], layer.name) }
    // Fourth powers of such a spread vanish in Float beside powers of the mean.
    let last = try #require(report.runs[0].layers.last).preactivation
    #expect(last.variance > 0 && last.variance.squareRoot() < 0x1p-22 * last.mean)
  }
}
