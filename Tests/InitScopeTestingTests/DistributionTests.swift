import InitScopeTesting
import Testing

@Suite struct DistributionTests {
  /// Draws by inversion or rejection from Knuth's generator, away from the engine's own samplers.
  private struct Draws {
    var state: UInt64
    mutating func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) * 0x1p-53
    }
    /// Twelve uniforms would have too thin tails: polar rejection (Marsaglia 1964).
    mutating func normal() -> Double {
      while true {
        let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
        let square = x * x + y * y
        if square > 0, square < 1 { return x * (-2 * logarithm(square) / square).squareRoot() }
      }
    }
    private func logarithm(_ x: Double) -> Double {
      // log x by halving towards 1 and a series in (x - 1) / (x + 1): no import of its own.
      let exponent = Double(x.exponent)
      let m = x.significand, t = (m - 1) / (m + 1)
      var term = t, sum = 0.0, k = 1.0
      while abs(term) > 1e-18 {
        sum += term / k
        term *= t * t
        k += 2
      }
      return 2 * sum + exponent * 0.6931471805599453
    }
  }

  private static func values(_ law: WeightDistribution, _ count: Int, seed: UInt64 = 11) -> [Double] {
    var draws = Draws(state: seed)
    return (0..<count).map { _ in
      switch law {
      case .normal(let mean, let std): return mean + std * draws.normal()
      case .uniform(let low, let high): return low + (high - low) * draws.uniform()
      case .truncatedNormal(let mean, let std, let low, let high):
        while true {
          let value = mean + std * draws.normal()
          if value >= low, value <= high { return value }
        }
      }
    }
  }

  static let laws: [WeightDistribution] = [
    .normal(std: 0.1), .normal(mean: 3, std: 2), .uniform(low: -0.25, high: 0.25),
    .truncatedNormal(std: 1, low: -2, high: 2),
    .truncatedNormal(mean: 0.5, std: 1, low: -1, high: 4),
  ]

  /// At 1e-6, ten sets fail with a probability of 1e-5 together.
  @Test(arguments: laws) func drawsOfTheLawPass(law: WeightDistribution) {
    for count in [100, 20_000] {
      let complaints = DistributionTest(Self.values(law, count), law, falseAlarmRate: 1e-6).complaints
      #expect(complaints.isEmpty, "\(complaints)")
    }
  }

  /// At a rate of 3% the share of false alarms is at most that: 1,000 sets of 200, binomial deviation 5.4; the upper bound
  /// is 5 deviations above 30. Below, tests that overlap take less than their sum: 10 is far from it and would show a dead
  /// test.
  @Test(arguments: laws) func falseAlarmsKeepTheirRate(law: WeightDistribution) {
    let failures = (0..<1000).count { seed in
      !DistributionTest(Self.values(law, 200, seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15), law, falseAlarmRate: 0.03)
        .complaints
        .isEmpty
    }
    #expect((10...57).contains(failures), "\(failures)")
  }

  /// What differs in one respect is told by the test of that respect.
  @Test func eachTestSeesItsFault() {
    let count = 20_000
    func complaints(_ drawn: WeightDistribution, _ law: WeightDistribution) -> String {
      DistributionTest(Self.values(drawn, count), law, falseAlarmRate: 1e-6).complaints.joined(separator: "\n")
    }
    // Relative error of the deviation 1 / sqrt(2 n) = 0.5%: 5% is ten of them.
    #expect(complaints(.normal(std: 1.05), .normal(std: 1)).contains("standard deviation 1.0"))
    // Error of the mean 0.7%: 0.07 is ten of them.
    #expect(complaints(.normal(mean: 0.07, std: 1), .normal(std: 1)).contains("mean 0.0"))
    // A uniform law of the right variance: the distance is 5.7%, chance's 0.01.
    let root = 3.0.squareRoot()
    #expect(complaints(.uniform(low: -root, high: root), .normal(std: 1)).contains("distance of the distribution functions"))
    #expect(
      complaints(.normal(std: 1), .truncatedNormal(std: 1.05, low: -2, high: 2)).contains("values lie outside [-2, 2]"))
  }

  @Test func whatCannotBeTestedFails() {
    #expect(
      DistributionTest([0, 1], .normal(std: 1), falseAlarmRate: 0.01).complaints == [
        "2 values are too few: at least 100 are needed"
      ])
    #expect(
      DistributionTest(Array(repeating: .nan, count: 100), .normal(std: 1), falseAlarmRate: 0.01).complaints == [
        "100 values are not finite"
      ])
  }

  @Test func theExpectationReportsAnIssue() {
    let values = Self.values(.normal(std: 0.2), 1000).map(Float.init)
    #expect(expectDistribution(of: values, .normal(std: 0.2)))
    withKnownIssue {
      expectDistribution(of: values, .normal(std: 0.1))
    } matching: { issue in
      let text = issue.comments.map(\.rawValue).joined()
      return text.hasPrefix("1000 values from N(0, 0.1^2): 2 tests fail\n  distance of the distribution functions 0.1")
        && text.contains("false-alarm rate 1e-06 for all tests together")
    }
  }
}
