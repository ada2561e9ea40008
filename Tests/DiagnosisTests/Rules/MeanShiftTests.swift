import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct MeanShiftTests {
  /// Weights of U[0, 0.1) over inputs of mean 1/2: each pre-activation is n/80 give or take sqrt(n) / 50.
  @Test func positiveWeightsShiftTheMean() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 3, width: 128, .relu), "uniform(low=0,high=0.1)", input: .uniform(.unit))
    let finding = try #require(run.findings(of: MeanShift.name).first)
    #expect(finding.severity == .warning && MeanShift.status == nil)
    #expect(finding.text("layer") == "dense_1" && finding.layers == [1, 2, 3, 4])
    // 128 * 0.05 * 0.5; its scatter over 5 x 64 samples of 128 inputs is 0.01, over weights less.
    #expect((try #require(finding.number("mean")) - 3.2).magnitude < 0.1)
  }

  @Test func aBiasShiftsTheMean() throws {
    let run = try Examined.run(try Examined.mlp(depth: 3, width: 128, .tanh, bias: "constant(value=1)"), "lecun_normal")
    #expect(run.findings(of: MeanShift.name).first?.text("layer") == "dense_1")
  }

  @Test(arguments: [(0.49, 0), (0.51, 1)]) func halfOfTheRootMeanSquareIsTheBound(share: Double, count: Int) throws {
    let made = try MadeUpRun { $0.layers[2].preactivation.mean = -share }
    #expect(made.findings(MeanShift()).count == count)
  }

  /// One unit of one replica may have any mean: 0.9 of the root mean square is within chance, sqrt(1 / n) = 0.5 times 4.0.
  @Test func narrowLayersScatter() throws {
    let made = try MadeUpRun(width: 4, replicas: 1) { $0.layers[2].preactivation.mean = 0.9 }
    #expect(made.findings(MeanShift()).isEmpty)
  }

  /// Normalization takes an offset away.
  @Test func aNormalizedOffsetIsNoFault() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, bias: .constant(5))
      BatchNorm(activation: .relu)
      Dense(10)
    }
    #expect(try Examined.run(network, "he_normal").findings(of: MeanShift.name).isEmpty)
  }

  /// The output's bias holds how often each answer occurs: log(0.01 / 0.99) for a class of 1% (Lin et al. 2017).
  @Test func theOutputsPriorIsNoShift() throws {
    let network = try Network(input: .features(30)) {
      Dense(64, activation: .relu).repeated(2)
      Dense(8, weights: .normal(std: 0.01), bias: .constant(-4.595))
      Softmax()
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.findings(of: MeanShift.name).isEmpty && run.findings(of: Bias.name).isEmpty)
  }

  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: MeanShift.name).isEmpty, "\($0.initializer)") }
    // Samples alike, so that a narrow layer's mean scatters most.
    for seed in 0..<20 {
      let run = try Examined.run(try Examined.mlp(depth: 20, width: 32, .relu), "he_normal", replicas: 3, seed: UInt64(seed))
      #expect(run.findings(of: MeanShift.name).isEmpty)
    }
  }
}
