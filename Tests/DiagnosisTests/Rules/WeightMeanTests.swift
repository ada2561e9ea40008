import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct WeightMeanTests {
  private func run(_ law: String, _ mean: Float, width: Int = 128) throws -> InitializerRun {
    try Examined.run(try Examined.mlp(depth: 3, width: width, .relu), law, batch: 8) {
      $0.giveWeights(of: ["dense_2"]) { draws, shape in
        draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn)).map { $0 + mean }
      }
    }
  }

  @Test func aOneSidedLawIsNamed() throws {
    let run = try Examined.run(try Examined.mlp(depth: 2, width: 64, .relu), "he_uniform") {
      $0.giveWeights { draws, shape in draws.uniform(shape.count, low: 0, high: (6 / Double(shape.fans.fanIn)).squareRoot())
      }
    }
    let finding = try #require(run.findings(of: "weight-mean").first)
    #expect(finding.severity == .warning && finding.layers == [1, 2, 3])
    #expect(finding.message.contains("between 0 and a bound"))
    #expect(run.findings(of: "weight-variance").first?.evidence["cause"] == .text("one-sided uniform"))
  }

  /// Standard error of 128^2 weights of variance 2/128: 0.125 / 128 = 0.00098.
  @Test func aMeanWithinItsErrorPasses() throws {
    #expect(try run("he_normal", 0).findings(of: "weight-mean").isEmpty)
    let clear = try run("he_normal", 0.01)
    let finding = try #require(clear.findings(of: "weight-mean").first)
    #expect(finding.layers == [2])
    // mean^2 fan_in / variance = 1e-4 * 128 / (2 / 128) = 0.82.
    #expect(finding.severity == .warning)
  }

  /// One weight per layer has no spread to compare its value with.
  @Test func singleWeightsHaveNoMean() throws {
    #expect(try Examined.run(try Examined.mlp(depth: 6, width: 1, .tanh), "he_normal").findings(of: "weight-mean").isEmpty)
  }

  @Test func aMeanTooSmallToMatterIsANote() throws {
    // Ten standard errors at 512^2 weights of deviation 1/16: 1.2e-3; its share is 1.2e-3^2 * 512 * 256 = 0.19 there, so
    // that a note needs a smaller fan-in beside many weights: 4096 units of 16 inputs.
    let network = try Network(input: .features(16)) {
      Dense(4096, activation: .relu); Dense(4)
    }
    let run = try Examined.run(network, "he_normal", batch: 2) {
      $0.giveWeights(of: ["dense_1"]) { draws, shape in
        draws.normal(shape.count, variance: 1.0 / 8).map { $0 + 0.008 }
      }
    }
    let finding = try #require(run.findings(of: "weight-mean").first)
    // 0.008^2 * 16 * 8 = 0.0082.
    #expect(finding.severity == .note && finding.layers == [1])
  }

  @Test func aDeclaredMeanIsExpected() throws {
    let run = try Examined.run(try Examined.mlp(depth: 2, width: 64, .relu), "uniform(low=0,high=0.1)")
    #expect(run.findings(of: "weight-mean").isEmpty)
  }
}
