import Diagnosis
import NetworkGraph
import SampleStatistics
import SignalPropagation
import Testing

/// Orthogonality, shared streams, biases and gains.
@Suite struct WeightTensorRulesTests {
  @Test(arguments: (Mutation.tensors + Mutation.gains).map(\.name)) func theMistakeIsNamed(name: String) throws {
    let mutation = try #require((Mutation.tensors + Mutation.gains).first { $0.name == name })
    let outcome = try mutation.outcome()
    #expect(outcome.isCaught, "\(outcome.findings.filter { $0.rule == mutation.rule })")
    #expect(outcome.falseAlarms.isEmpty)
  }

  @Test func orthogonalWeightsInDoubleAreOrthogonal() throws {
    let run = try Examined.run(try Examined.mlp(depth: 2, width: 64, .tanh), "orthogonal") {
      $0.giveWeights(of: ["dense_1", "dense_2"]) { draws, shape in
        draws.orthogonal(shape.rows).flatMap(\.self).map(Float.init)
      }
    }
    #expect(run.findings.filter { $0.severity != .note }.isEmpty, "\(run.findings)")
    let rounded = try Examined.run(try Examined.mlp(depth: 2, width: 64, .tanh), "orthogonal") {
      $0.giveWeights(of: ["dense_1"]) { draws, shape in
        draws.orthogonal(shape.rows).flatMap(\.self).map { DrawnWeights.bfloat16(Float($0)) }
      }
    }
    #expect(rounded.findings(of: "orthogonality").map(\.severity) == [.note])
  }

  /// One seed shows through other shapes, scales and laws; independent layers and identities do not repeat each other.
  @Test func repetitionsAreFoundAcrossShapesAndScales() throws {
    let network = try Mutation.rectangular().network
    let run = try Examined.run(network, "he_normal") {
      for (name, scale) in [("dense_1", 1.0), ("dense_3", -0.25)] {
        $0.giveWeights(seed: 3, of: [name]) { draws, shape in
          draws.normal(shape.count, variance: 2 / Double(shape.fans.fanIn)).map { $0 * Float(scale) }
        }
      }
    }
    let findings = run.findings(of: "shared-stream")
    #expect(findings.map(\.layers) == [[1, 3]])
    #expect(findings.first?.message.contains("dense_3 repeat those of layer dense_1") == true)
    #expect(run.layers.map { $0.weights?.sharedWith } == [nil, nil, "dense_1", nil])
    let identities = try Examined.run(try Examined.mlp(depth: 3, width: 32, .relu), "identity")
    #expect(identities.findings(of: "shared-stream").isEmpty)
    #expect(identities.layers[1].weights?.sharedWith == "dense_1")
  }

  @Test func biasesAreHeldToTheirLaw() throws {
    let bias = try Initializer(parsingBias: "normal(std=0.1)")
    let network = try Network(input: .features(32)) {
      Dense(256, activation: .tanh, bias: bias)
      Dense(4)
    }
    func findings(_ value: @escaping (Int) -> Float) throws -> [Finding] {
      try Examined.run(network, "lecun_normal") { $0.given.biases["dense_1"] = (0..<256).map(value) }
        .findings(of: "bias")
    }
    var draws = DrawnWeights(seed: 1)
    let proper = draws.normal(256, variance: 0.01)
    #expect(try findings { proper[$0] }.isEmpty)
    // The mean is off by 0.05, eight of its standard errors; then the variance by a factor of 4.
    #expect(try findings { proper[$0] + 0.05 }.count == 1)
    #expect(try findings { proper[$0] * 2 }.map { $0.evidence["cause"] } == [.text("another law")])
  }

  /// chi1 of ReLU is sw2 / 2: LeCun's 1 gives a half, 12 layers of which eleven are passed 0.5^11 = 10^-3.31.
  @Test func theGainsEffectIsTheorys() throws {
    let run = try Examined.run(try Examined.mlp(depth: 12, width: 32, .relu), "lecun_normal", batch: 4)
    let finding = try #require(run.findings(of: "gain-mismatch").first)
    guard case .number(let decades) = finding.evidence["log10Gradients"],
      case .number(let critical) = finding.evidence["criticalWeightVarianceTimesFanIn"]
    else { Issue.record("no evidence"); return }
    #expect(abs(decades + 3.31132994) < 1e-6 && abs(critical - 2) < 1e-9)
    #expect(finding.severity == .warning && finding.layers == Array(2...12))
    // Four layers are passed: a factor of 16, worth a note. Three: none.
    #expect(
      try Examined.run(try Examined.mlp(depth: 5, width: 32, .relu), "lecun_normal", batch: 4).findings(of: "gain-mismatch")
        .map(\.severity) == [.note])
    #expect(
      try Examined.run(try Examined.mlp(depth: 4, width: 32, .relu), "lecun_normal", batch: 4).findings(of: "gain-mismatch")
        .isEmpty)
  }

  @Test func normalizationSetsTheGainItself() throws {
    let network = try Network(input: .features(32)) {
      for _ in 0..<12 { Dense(32); BatchNorm(activation: .relu) }
      Dense(10)
    }
    #expect(try Examined.run(network, "lecun_normal", batch: 8).findings(of: "gain-mismatch").isEmpty)
  }

  @Test func intervalsAreThoseOfTheirDistributions() {
    // scipy 1.17.1: chi2.ppf([5e-4, 1 - 5e-4], 9) / 9, and chi2.ppf([5e-7, 1 - 5e-7], 1e6) / 1e6.
    let small = Estimators.varianceRatioInterval(degreesOfFreedom: 9, twoSided: 1e-3)
    #expect(abs(small.lowerBound - 0.10796661) < 1e-7 && abs(small.upperBound - 3.2962009) < 1e-6)
    let large = Estimators.varianceRatioInterval(degreesOfFreedom: 1e6, twoSided: 1e-6)
    #expect(abs(large.lowerBound - 0.99309746) < 2e-8 && abs(large.upperBound - 1.00693311) < 2e-8)
    // 2 t.sf(r sqrt((n - 2) / (1 - r^2)), n - 2).
    #expect(abs(Estimators.correlationProbability(0.5, pairs: 20) / 0.024769558804109703 - 1) < 1e-9)
    #expect(abs(Estimators.correlationProbability(-0.95, pairs: 16) / 1.8346172668588195e-08 - 1) < 1e-6)
    #expect(Estimators.correlationProbability(1, pairs: 2) == 1)
  }
}
