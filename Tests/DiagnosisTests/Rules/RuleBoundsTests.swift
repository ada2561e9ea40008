import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// The bounds that rules hold chance against: a false-alarm rate is divided by the number of comparisons, and every
/// independent draw counts. Quantiles are scipy 1.17.1's. A made-up run has twelve layers, eleven of them hidden, and five
/// replicas.
@Suite struct RuleBoundsTests {
  /// norm.isf(1e-3 / 12 / 2) standard errors; 64 x 64 weights in each of five replicas have one of (1/8) / sqrt(20480).
  @Test(arguments: [(0.999, 0), (1.001, 1)]) func aMeanOfWeights(factor: Double, count: Int) throws {
    let bound = 3.9346058615607573
    let made = try MadeUpRun { $0.layers[3].weights?.mean = factor * bound / 8 / 20480.0.squareRoot() }
    let findings = made.findings(WeightMean())
    #expect(findings.count == count)
    for finding in findings { #expect(abs(try #require(finding.number("bound")) - bound) < 1e-9) }
  }

  /// chi2.isf(1e-3 / 12 / 2, nu) / nu, where `nu = 2 n / (kurtosis - (m - 3) / (m - 1))` for n = 5 m draws of m = 64 x 64
  /// weights; for sparse weights the draws that are not zero, less one: 16 of 64 in each of 64 columns.
  @Test(arguments: [
    ("lecun_normal", 0.9615836159450136, 1.039359376631206), ("lecun_uniform", 0.9755896513722873, 1.024787688380101),
    ("sparse(fraction=0.75,std=0.25)", 0, 1.0796650102142649),
  ]) func aVarianceOfWeights(initializer: String, low: Double, high: Double) throws {
    let made = try MadeUpRun(initializer: initializer) {
      $0.layers[3].weights?.variance = 1.2 / 64
    }
    let finding = try #require(made.findings(WeightVariance()).first)
    #expect(finding.layers == [4] && finding.number("tensors") == 12)
    #expect(abs(try #require(finding.number("ratioHigh")) - high) < 1e-9, "\(finding.evidence)")
    if low > 0 { #expect(abs(try #require(finding.number("ratioLow")) - low) < 1e-9) }
  }

  /// A bias has two comparisons, mean and variance. The mean of 64 draws in five replicas may be norm.isf(1e-3 / 22 /
  /// 2) standard errors away, for eleven layers whose biases are known.
  @Test(arguments: [(0.999, 0), (1.001, 1)]) func aMeanOfBiases(factor: Double, count: Int) throws {
    let made = try MadeUpRun(bias: "normal(std=0.1)") {
      for index in 0..<11 { $0.layers[index].bias = BiasSummary(mean: 0, variance: 0.01, min: -0.3, max: 0.3, nonFinite: 0) }
      $0.layers[5].bias?.mean = factor * 4.077847591184518 * 0.1 / 320.0.squareRoot()
    }
    #expect(made.findings(Bias()).count == count)
  }

  /// Four units in five replicas: norm.isf(1e-3 / 12 / 2) / sqrt(20) of the root mean square, more than the half that is
  /// asked for.
  @Test(arguments: [(0.879, 0), (0.881, 1)]) func aMeanOfPreactivations(share: Double, count: Int) throws {
    let made = try MadeUpRun(width: 4) { $0.layers[3].preactivation.mean = share }
    #expect(made.findings(MeanShift()).count == count)
  }

  /// Where neither replicas nor theory tell the scatter: norm.isf(5e-4 / 2) sqrt(6/5 sum log(1 + 5 / 64) / 5) / log 10 over
  /// ten layers of 64 units, for five replicas.
  @Test func aDriftOfUnknownScatter() throws {
    let made = try MadeUpRun(.relu, backward: 0.3, halfWidth: nil)
    let finding = try #require(made.findings(ExplodingGradients()).first)
    #expect(abs(try #require(finding.number("log10Chance")) - 0.6423032268852227) < 1e-9)
  }

  /// A loss of 0.3 decades per layer passes the bound of two decades at the seventh step, from layer 11 back to layer 4.
  @Test func theLayerWhereADriftPassesItsBound() throws {
    let finding = try #require(try MadeUpRun(backward: -0.3).findings(VanishingGradients()).first)
    #expect(finding.severity == .warning && finding.text("layer") == "dense_4" && finding.layers == [1, 2, 3, 4])
    let growing = try #require(try MadeUpRun(.relu, forward: 0.3).findings(ExplodingActivations()).first)
    #expect(growing.text("layer") == "dense_8" && growing.layers == [8, 9, 10, 11])
  }

  /// What the input's tokens do not have in differences, the network cannot lose: nine tenths must go.
  @Test(arguments: [(0.0, 1), (1 - 2.1e-2, 1), (1 - 1.9e-2, 0), (1 - 4e-3, 0)])
  func tokensThatWereAlike(start: Double, count: Int) throws {
    var made = try MadeUpRun { $0.layers[10].activation.tokenCosine = 1 - 2e-3 }
    made.context.input.tokenCosine = start
    #expect(made.findings(RankCollapse()).count == count)
  }

  /// norm.isf(1e-3 / 11 / 2) = 3.9137 of theory's standard errors, for eleven moments that are predicted.
  @Test(arguments: [(3.90, 0), (3.92, 1)]) func aMomentThatTheoryPredicts(errors: Double, count: Int) throws {
    let made = try MadeUpRun(initializer: "lecun_normal") {
      for index in 0..<11 {
        $0.layers[index].preactivation.theory = 1
        $0.layers[index].preactivation.theoryLog10 = 0
        $0.layers[index].preactivation.theoryStandardError = 0.01
      }
      $0.layers[7].preactivation.log10SecondMoment = 0.01 * errors
    }
    #expect(made.findings(TheoryDisagreement()).count == count)
  }

  /// W W^T of independent weights: each row has one entry of variance 2 / n on the diagonal and p - 1 of 1 / n beside it.
  @Test func theDefectOfIndependentWeights() throws {
    let made = try MadeUpRun(initializer: "orthogonal") { $0.layers[3].weights?.orthogonalityDefect = 0.95 }
    let finding = try #require(made.findings(Orthogonality()).first)
    #expect(abs(try #require(finding.number("independentDefect")) - (65.0 / 64).squareRoot()) < 1e-12)
    #expect(finding.text("cause") == "independent weights")
  }

  // MARK: Recurrent gradients

  private static let recurrence = LayerResult.Recurrence(
    log10State: Array(repeating: 0, count: 6), log10StateGradient: Array(repeating: 0, count: 6))

  /// Gradients at the first of six steps, where the last step's is 1.
  @Test(arguments: [
    (2.5, Finding.Severity.warning), (1.5, .note), (0.5, nil), (-2.9, nil), (-3.1, .note), (-5.9, .note), (-6.1, .warning),
  ]) func aChangeThroughTime(decades: Double, severity: Finding.Severity?) throws {
    let made = try MadeUpRun {
      $0.layers[0].recurrence = Self.recurrence
      $0.layers[0].recurrence?.log10StateGradient[0] = decades
    }
    #expect(made.findings(RecurrentGradients()).map(\.severity) == [severity].compactMap(\.self))
  }

  /// Where all states are returned, six gradients add up on the way back: log10 6 = 0.778 of the growth is theirs, and never
  /// of a loss.
  @Test(arguments: [(2.5, 1.7218487496163564, Finding.Severity.note), (1.5, 0, nil), (-4, -4, .note)])
  func returnedStatesAddUp(decades: Double, change: Double, severity: Finding.Severity?) throws {
    var made = try MadeUpRun {
      $0.layers[0].recurrence = Self.recurrence
      $0.layers[0].recurrence?.log10StateGradient[0] = decades
    }
    made.context.network = try Network(input: .sequence(steps: 6, features: 4)) { SimpleRNN(8, returns: .sequence) }
    let findings = made.findings(RecurrentGradients())
    #expect(findings.map(\.severity) == [severity].compactMap(\.self))
    for finding in findings { #expect(abs(try #require(finding.number("log10Change")) - change) < 1e-9) }
  }
}
