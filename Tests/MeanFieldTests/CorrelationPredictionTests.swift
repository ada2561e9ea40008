import MeanField
import NetworkGraph
import Testing

/// Mean cosines of a batch and growth per layer, against simulated networks (correlations.py).
@Suite struct CorrelationPredictionTests {
  static func prediction(_ c: CorrelationFixture.Case) throws -> ChainPrediction {
    try ChainPrediction(
      ChainPredictionTests.chain(
        try Activation(parsing: c.activation), widths: [Int](repeating: c.width, count: c.depth + 1),
        weightVariance: c.weightVariance, biasVariance: c.biasVariance),
      input: .gaussian(features: c.width, batch: c.batch))
  }

  /// 110 means and as many variances, judged by the simulation's own variance and kurtosis, at six standard errors each:
  /// 4e-7 by chance in all. Second order in 1/width leaves a tenth of the variance (most where chaos has amplified it for
  /// eight layers), and of cosines a bias of up to 0.6/width, a sixth of the standard deviation.
  private func expect(
    _ predicted: (mean: Double, variance: Double), mean: Double, variance: Double, kurtosis: Double, count: Int,
    bias: Double, _ place: Comment
  ) {
    let n = Double(count)
    #expect((predicted.mean - mean).magnitude < bias + 6 * (variance / n).squareRoot(), place)
    #expect((predicted.variance / variance - 1).magnitude < 0.1 + 6 * ((kurtosis - 1) / n).squareRoot(), place)
  }

  @Test func simulatedCosines() throws {
    let fixture: CorrelationFixture = try meanFieldFixture("correlations.json")
    for c in fixture.cases {
      for (index, layer) in try Self.prediction(c).correlations().enumerated() {
        for (k, predicted) in [layer.preactivation, layer.activation].enumerated() {
          let cosine = c.mean[index][k]
          expect(
            (predicted.mean, predicted.variance), mean: cosine, variance: c.variance[index][k],
            kurtosis: c.kurtosis[index][k], count: c.replicas, bias: 0.6 / Double(c.width),
            "\(c.name), layer \(index + 1), \(k == 0 ? "z" : "a")")
        }
      }
    }
  }

  @Test func simulatedGrowth() throws {
    let fixture: CorrelationFixture = try meanFieldFixture("correlations.json")
    for c in fixture.cases {
      let prediction = try Self.prediction(c)
      for (k, growth) in [
        prediction.forwardGrowth(over: 0..<c.depth), prediction.backwardGrowth(over: 0..<c.depth),
      ].enumerated() {
        let growth = try #require(growth)
        expect(
          (growth.log10, growth.variance), mean: c.growthMean[k], variance: c.growthVariance[k],
          kurtosis: c.growthKurtosis[k], count: c.replicas, bias: 0, "\(c.name), \(k == 0 ? "forward" : "backward") growth")
      }
    }
  }

  @Test func gaussianInputsAreWhatAnAuditDraws() {
    let input = ChainInput.gaussian(features: 8, batch: 4)
    #expect(input.secondMoments == [0.5, 1.5] && input.cosineVariance == 1.0 / 8 && input.relativeVariance == 1.0 / 16)
    #expect(input.meanCosineVariance == 2.0 / (8 * 4 * 3))
  }

  @Test func degenerateBatchesHaveCorrelations() throws {
    let layers = ChainPredictionTests.chain(.tanh, widths: [16, 16, 16], weightVariance: 1)
    // One sample given twice stays one, but for the rounding of a quotient.
    let same = try ChainPrediction(layers, input: ChainInput(secondMoments: [1], cosine: 1, batch: 2)).correlations()
    #expect(same.allSatisfy { 1 - $0.preactivation.mean < 1e-15 && $0.activation.variance < 1e-30 })
    // Zero weights and no biases: silence, whose inputs count as alike.
    let silent = ChainPredictionTests.chain(.tanh, widths: [16, 16], weightVariance: 0)
    let none = try ChainPrediction(silent, input: .gaussian(features: 16, batch: 4)).correlations()
    #expect(none.allSatisfy { $0.activation.mean == 1 && $0.activation.variance == 0 })
    // A linear layer multiplies n independent normals a sample: the mean over 6 pairs has variance 1/(6 n), as
    // much as the inputs' own.
    let linear = ChainPredictionTests.chain(.identity, widths: [64, 64], weightVariance: 1)
    let one = try ChainPrediction(linear, input: .gaussian(features: 64, batch: 4)).correlations()
    #expect((one[0].activation.variance - 2.0 / (6 * 64)).magnitude < 1e-9)
  }

  @Test func whatHasNoCorrelationsIsNamed() throws {
    let layers = ChainPredictionTests.chain(.relu, widths: [4, 4], weightVariance: 2)
    for input in [ChainInput(secondMoments: [1]), ChainInput(secondMoments: [1], cosine: -0.5, batch: 2)] {
      #expect(throws: MeanFieldError.self) { try ChainPrediction(layers, input: input).correlations() }
    }
    #expect(throws: MeanFieldError.self) {
      try ChainPrediction(layers, input: ChainInput(secondMoments: [1], meanCosineVariance: -1))
    }
    let short = try ChainPrediction(layers, input: ChainInput(secondMoments: [1]))
    #expect(short.backwardGrowth(over: 0..<1) == nil && short.forwardGrowth(over: 0..<1) == nil)
  }
}
