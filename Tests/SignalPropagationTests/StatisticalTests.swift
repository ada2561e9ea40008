import CGSL
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// What theory and outside simulations say of whole networks, at bounds derived from the number of draws.
@Suite struct StatisticalTests {
  /// Two-sided quantile of the standard normal for a false-alarm rate of 1e-6.
  private static let z = 4.892

  /// One input through L ReLU layers of n units under He: |a_L|^2 / |x|^2 has mean 1 and relative variance (1 + 5/n)^L - 1
  /// (reference-cases, finite width: at n = 128, L = 20 mean 1.006, median .70, 95% of draws in .12...3.77).
  @Test func heReLUHasItsFiniteWidthSpread() throws {
    let width = 128, depth = 20, draws = 3000
    let network = try Harness.perceptron(width, Array(repeating: width, count: depth) + [2], activation: .relu)
    var configuration = AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 1, replicas: draws, seed: 77, histograms: false)
    let collected = SquareRecord()
    configuration.tap = { copy in
      if copy.node == "input" && copy.kind == .input { collected.note(copy, as: 0) }
      if copy.node == "dense_20" && copy.kind == .activation { collected.note(copy, as: 1) }
    }
    _ = try Audit(configuration).run()
    let ratios = collected.ratios
    try #require(ratios.count == draws)
    let n = Double(draws)
    let relativeVariance = pow(1 + 5.0 / Double(width), Double(depth)) - 1
    let mean = gsl_stats_mean(ratios, 1, draws)
    #expect(abs(mean - 1) < Self.z * (relativeVariance / n).squareRoot(), "mean \(mean)")
    // Quantiles: the number of draws below one is binomial.
    let below = Double(ratios.count { $0 < 0.70 }) / n
    // The median is quoted to two digits: .695...705 moves the share by about 0.005.
    #expect(abs(below - 0.5) < Self.z * (0.25 / n).squareRoot() + 0.005, "share below the median \(below)")
    let inside = Double(ratios.count { (0.12...3.77).contains($0) }) / n
    #expect(abs(inside - 0.95) < Self.z * (0.95 * 0.05 / n).squareRoot() + 0.002, "share inside \(inside)")
  }

  /// Reference case 3: nn.Linear's default weights shrink a ReLU second moment by 6 a layer, 2.735e-16 after 20.
  @Test func torchDefaultWeightsShrinkBySixALayer() throws {
    let width = 1024
    let network = try Harness.perceptron(width, Array(repeating: width, count: 20) + [2], activation: .relu)
    let report = try Audit(
      AuditConfiguration(
        network: network, initializers: [Initializer(parsing: "torch.linear_default")], batch: 32, replicas: 8, seed: 2)
    ).run()
    let last = report.runs[0].layers[19].activation
    // One layer's log m2 has a deviation of about sqrt(5/n) for one input and not more for a batch; 20 layers, 8 replicas.
    let deviation = (5.0 / Double(width) * 20 / 8).squareRoot() / log(10)
    let expected = log10(2.735e-16) + log10(1.0)
    #expect(abs(try #require(last.log10SecondMoment) - expected) < Self.z * deviation + 20 * 2.5 / Double(width) / log(10))
  }

  /// With torch's default bias the second moment settles near 3.5e-4 ... of the signal that the biases feed.
  @Test func torchDefaultBiasesHoldTheSignalUp() throws {
    let width = 256
    let bias = try Initializer(parsingBias: "torch.linear_bias")
    let network = try Network(input: .features(width)) {
      Dense(width, activation: .relu, bias: bias).repeated(20)
      Dense(2)
    }
    let report = try Audit(
      AuditConfiguration(
        network: network, initializers: [Initializer(parsing: "torch.linear_default")], batch: 64, replicas: 10)
    ).run()
    // Fixed point of m = (m/3 + 1/(3n)) / 2, that is 1/(5n): 7.8e-4 at n = 256; the reference's 3.5e-4 is its n.
    let expected = log10(1 / (5 * Double(width)))
    #expect(abs(try #require(report.runs[0].layers[19].activation.log10SecondMoment) - expected) < 0.2)
  }

  /// Second moments that every wide network must show, layer by layer: E f(z)^2 at unit variance (reference-cases).
  @Test(arguments: [
    ("relu", 0.5), ("gelu", 0.4252215), ("silu", 0.3557755), ("elu", 0.6449454), ("selu", 1), ("mish", 0.4523422),
    ("softplus", 0.9212459), ("tanh", 0.3942945), ("sigmoid", 0.2933790), ("relu_squared", 1.5), ("softsign", 0.1830140),
    ("hardtanh", 0.5160586), ("erf", 0.4645591), ("sin", 0.4323324), ("gelu_tanh", 0.4251937),
  ])
  func unitVarianceGivesTheGaussianMoment(name: String, expected: Double) throws {
    // Rows orthogonal to one another and inputs N(0,1): each pre-activation is exactly N(0,1), and all of them independent.
    let width = 256, batch = 2048
    let network = try Harness.perceptron(width, [width, 2], activation: Activation(parsing: name))
    let report = try Audit(
      AuditConfiguration(network: network, initializers: [.orthogonal(gain: 1)], batch: batch, replicas: 2, seed: 3)
    ).run()
    let summary = report.runs[0].layers[0].activation
    // Deviation of the mean of N independent f(z)^2, from the sample's own fourth moment.
    let n = Double(summary.count)
    let kurtosis = try #require(summary.kurtosis) + 3, skewness = try #require(summary.skewness)
    let v = summary.variance, m = summary.mean
    let fourth = kurtosis * v * v + 4 * m * skewness * pow(v, 1.5) + 6 * m * m * v + pow(m, 4)
    let deviation = ((fourth - pow(summary.secondMoment, 2)) / n).squareRoot()
    #expect(abs(summary.secondMoment - expected) < Self.z * deviation + 1e-6)
  }
}
