import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct WeightVarianceTests {
  /// Laws of every kind, on shapes of every kind, at the rules' own rates: 400 networks at 0.001 each for variance, mean and
  /// bias have 1.2 findings on average; nine or more have probability 2e-5.
  @Test func weightsOfTheDeclaredLawPass() throws {
    let laws = [
      "he_normal", "glorot_uniform", "keras.he_normal", "orthogonal(gain=1.5)", "truncated_normal(std=0.1,low=-1,high=1)",
      "sparse(fraction=0.7,std=0.1)", "torch.linear_default", "uniform(low=0,high=1)",
      "variance_scaling(scale=3,mode=fan_out)",
      "delta_orthogonal", "identity", "dirac", "constant(value=0.3)", "zeros", "keras.truncated_normal", "lecun_uniform",
    ]
    var findings: [String] = []
    for seed in 0..<400 {
      let isImage = laws[seed % 16] == "delta_orthogonal" || laws[seed % 16] == "dirac" || seed % 5 == 0
      let bias = try Initializer(
        parsingBias: ["normal(std=0.3)", "uniform(low=-1,high=1)", "zeros", "constant(0.1)"][seed % 4])
      let network: Network
      if isImage {
        network = try Network(input: .image(channels: 4, height: 5, width: 5)) {
          Conv2D(8, kernel: 3, activation: .tanh, bias: bias)
          Conv2D(8, kernel: 3, activation: .tanh)
        }
      } else {
        network = try Network(input: .features(8 + seed % 7)) {
          Dense(12 + seed % 50, activation: .tanh, bias: bias)
          Dense(6, activation: .tanh, bias: bias)
        }
      }
      let run = try Examined.run(network, laws[seed % 16], batch: 4, replicas: 1 + seed % 4, seed: UInt64(seed))
      let rules: Set = ["weight-variance", "weight-mean", "weight-outliers", "orthogonality", "shared-stream", "bias"]
      findings += run.findings.filter { rules.contains($0.rule) && $0.evidence["cause"] != .text("large") }.map {
        "\(seed) \(laws[seed % 16]): \($0.message)"
      }
    }
    #expect(findings.count < 9, "\(findings)")
  }

  /// Given weights are one drawing, however many replicas see them: 60 sets whose variance is off by what one drawing
  /// scatters.
  @Test func givenWeightsAreOneDrawing() throws {
    var findings = 0
    for seed in 1...60 {
      let run = try Examined.run(try Examined.mlp(depth: 1, width: 24, .tanh), "lecun_normal", batch: 4, replicas: 12) {
        $0.giveWeights(seed: UInt64(seed)) { draws, shape in
          draws.normal(shape.count, variance: 1 / Double(shape.fans.fanIn))
        }
      }
      findings += run.findings(of: "weight-variance").count + run.findings(of: "weight-mean").count
    }
    // 0.12 on average at 0.002 each: four or more have probability 8e-6.
    #expect(findings < 4)
  }

  @Test(arguments: Mutation.variances.map(\.name)) func theMistakeIsNamed(name: String) throws {
    let mutation = try #require(Mutation.variances.first { $0.name == name })
    let outcome = try mutation.outcome()
    #expect(outcome.isCaught, "\(outcome.findings.filter { $0.rule == "weight-variance" })")
    #expect(outcome.falseAlarms.isEmpty)
  }

  @Test func aFactorThatNoMistakeGivesIsGivenAsSuch() throws {
    let run = try Examined.run(try Examined.mlp(depth: 3, width: 128, .relu), "he_normal") {
      $0.giveWeights(of: ["dense_2"]) { draws, shape in draws.normal(shape.count, variance: 11.4 * 2 / 128) }
    }
    let finding = try #require(run.findings(of: "weight-variance").first)
    guard case .text(let cause) = finding.evidence["cause"], case .number(let ratio) = finding.evidence["ratio"] else {
      Issue.record("no cause"); return
    }
    #expect(cause.hasPrefix("unexplained factor 11."))
    // Six standard errors of sqrt(2 / 128^2).
    #expect(abs(ratio / 11.4 - 1) < 6 * 0.01105)
    #expect(finding.layers == [2] && finding.severity == .warning)
  }

  /// A layer that differs from the others has a finding of its own.
  @Test func everyMistakeHasItsFinding() throws {
    let run = try Examined.run(try Mutation.rectangular().network, "he_normal") {
      $0.giveWeights(of: ["dense_1"]) { draws, shape in draws.normal(shape.count, variance: 2 / Double(shape.fans.fanOut)) }
      $0.giveWeights(of: ["dense_3"]) { _, shape in Array(repeating: 0, count: shape.count) }
    }
    let findings = run.findings(of: "weight-variance")
    #expect(findings.map(\.layers) == [[1], [3]])
    #expect(findings.map { $0.evidence["cause"] } == [.text("fan_out for fan_in"), .text("zeros")])
    #expect(findings[0].message.contains("layer dense_1") && findings[0].message.contains("divided by fan_out"))
  }

  @Test func theKurtosisOfACutNormalIsKnown() {
    // scipy 1.17.1: 3 + truncnorm.stats(-2, 2, moments="k"), and for -1, 1.
    let two = SamplingError.kurtosis(.truncatedNormal(mean: 0, std: 3, low: -6, high: 6))
    let one = SamplingError.kurtosis(.truncatedNormal(mean: 1, std: 0.5, low: 0.5, high: 1.5))
    #expect(abs(two - (3 - 0.6344632828703505)) < 1e-12)
    #expect(abs(one - (3 - 1.0590800800968871)) < 1e-12)
  }

  @Test func theFanOfASchemeIsToldFromItsVariance() throws {
    let shape = WeightShape(outputs: 12, inputs: 8, taps: [3, 3], groups: 2)
    for (text, fan) in [
      ("he_normal", DeclaredFan.fanIn), ("glorot_uniform", .average), ("he_normal(mode=fan_out)", .fanOut),
      ("normal(std=0.01)", .none), ("torch.kaiming_normal(mode=fan_out)", .fanOut), ("zeros", .none),
    ] {
      #expect(DeclaredFan(try Initializer(parsing: text), shape) == fan, "\(text)")
    }
  }
}
