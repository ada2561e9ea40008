import CGSL
import CTensorKernels
import Foundation
import NetworkGraph
import TensorKernels
import TestSupport
import Testing

@Suite struct TruncatedStreamTests {
  static let stream = RandomStream(seed: 13, replica: 0, node: "truncated", tensor: .weight)

  /// Both kernels, and bounds in a far tail on either side.
  @Test(arguments: [
    (-2.0, 2.0), (-1.0, 1.0), (-2.9, 2.9), (-3.0, 3.0), (2.0, 3.0), (-3.0, -2.0), (-1.0, 4.0), (-100.0, 100.0), (6.0, 40.0),
    (-31.0, -30.0), (0.0, 1000.0),
  ])
  func distributionAndMoments(low: Double, high: Double) throws {
    let count = 1_000_000
    let mean = 0.25, std = 0.5
    let bounds = (low: mean + std * low, high: mean + std * high)
    let sample = filled(count) {
      Self.stream.fillTruncatedNormal($0, mean: mean, std: std, low: bounds.low, high: bounds.high)
    }
    // Float's rounding may pass a bound by half a unit in the last place.
    let slack = Double(Float(max(abs(bounds.low), abs(bounds.high))).ulp)
    #expect(sample.allSatisfy { Double($0) >= bounds.low - slack && Double($0) <= bounds.high + slack })

    // The side of the lower tail keeps its precision.
    let sign = low + high > 0 ? -1.0 : 1.0
    let (from, to) = sign < 0 ? (-high, -low) : (low, high)
    let below = gsl_cdf_ugaussian_P(from), mass = gsl_cdf_ugaussian_P(to) - below
    let distance = kolmogorovDistance(sample) {
      let p = min(max((gsl_cdf_ugaussian_P(sign * ($0 - mean) / std) - below) / mass, 0), 1)
      return sign < 0 ? 1 - p : p
    }
    #expect(distance < FalseAlarm.kolmogorov(count: count))

    let law = WeightLaw.truncatedNormal(mean: mean, std: std, low: bounds.low, high: bounds.high)
    let shape = WeightShape(outputs: 1, inputs: 1)
    let expectedMean = try #require(law.mean(shape)), expectedVariance = try #require(law.variance(shape))
    let moments = Moments(sample)
    #expect(abs(moments.mean - expectedMean) < FalseAlarm.mean(std: expectedVariance.squareRoot(), count: count))
    // The fourth moment is the sample's own; kurtosis is at most an exponential's 9, so that it is well determined.
    let spread = (moments.fourth - moments.variance * moments.variance).squareRoot()
    #expect(abs(moments.variance - expectedVariance) < FalseAlarm.mean(std: spread, count: count))
  }

  /// Reference case 2: N(0, 1) on [2, 3].
  @Test func referenceTail() {
    let count = 1_000_000
    let moments = Moments(filled(count) { Self.stream.fillTruncatedNormal($0, mean: 0, std: 1, low: 2, high: 3) })
    #expect(abs(moments.mean - 2.315821) < FalseAlarm.mean(std: 0.248034, count: count))
  }

  struct Fixture: Decodable {
    struct Quantile: Decodable {
      var p: Double
      var z: Double
    }
    var quantiles: [Quantile]
  }

  /// Wichura promises 1e-16; a few units in the last place of the rational functions' evaluation come on top. Near p = 1/2,
  /// z is proportional to p - 1/2, and so is its error to the rounding of p.
  @Test func quantilesAreMpmaths() throws {
    let data = try Data(contentsOf: Repository.reference("initializers/truncated_normal.json"))
    let quantiles = try JSONDecoder().decode(Fixture.self, from: data).quantiles
    #expect(quantiles.count == 13)
    for expected in quantiles {
      #expect(abs(initscope_normal_quantile(expected.p) / expected.z - 1) < 1e-14, "\(expected)")
    }
  }

  /// The Float kernel word by word against GSL's inverse distribution.
  @Test(arguments: [0.5, 2.0, 2.9])
  func symmetricKernelInvertsTheDistribution(bound: Double) {
    let count = 100_000
    let sample = filled(count) { Self.stream.fillTruncatedNormal($0, mean: 0, std: 1, low: -bound, high: bound) }
    let mass = 1 - 2 * gsl_cdf_ugaussian_Q(bound)
    var worst = 0.0
    for (x, word) in zip(sample, RandomStreamTests.words(Self.stream, count)) {
      let share = mass * (Double(Int32(bitPattern: word)) + 0.5) * 0x1p-31
      let z = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * share)
      // Giles's polynomial and Float's rounding, and the share's two roundings by the quantile's slope.
      let bound = 1e-6 * abs(z) + 0x1p-23 / (2 * gsl_ran_ugaussian_pdf(z))
      worst = max(worst, abs(Double(x) - z) / bound)
    }
    #expect(worst < 1)
  }
}
