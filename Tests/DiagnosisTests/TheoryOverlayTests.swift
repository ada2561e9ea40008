import DataSets
import Diagnosis
import Foundation
import MeanField
import NetworkGraph
import SignalPropagation
import Testing

/// Theory's numbers beside the engine's.
@Suite struct TheoryOverlayTests {
  /// Residuals are measured in predicted standard errors, so that their mean square is 1 over independent networks. Each
  /// network here counts as one draw: its layers hang together. The mean over 48 networks of a chi-squared of one degree has
  /// deviation sqrt(2/48) = 0.20; 5 of these pass by chance with probability 6e-7 a bound.
  @Test func residualsScatterAsPredicted() throws {
    for (tensor, pick) in [
      ("activation", { (layer: LayerResult) in layer.activation }), ("gradient", { (layer: LayerResult) in layer.gradient }),
    ] {
      var squares = 0.0, count = 0.0
      for (index, activation) in ["tanh", "relu", "gelu", "selu"].enumerated() {
        let network = try Examined.mlp(depth: 6, width: 96, Activation(parsing: activation))
        for seed in 0..<12 {
          let run = try Examined.run(network, "lecun_normal", seed: UInt64(100 * index + seed))
          let residual = try #require(pick(run.layers[3]).residual)
          squares += residual * residual
          count += 1
        }
      }
      #expect(abs(squares / count - 1) < 5 * sqrt(2 / count), "\(tensor): \(squares / count)")
    }
  }

  @Test(arguments: ["fashion-mnist", "uniform"]) func realInputsStartFromTheirMoments(source: String) throws {
    let input: AuditInput =
      source == "uniform" ? .uniform(.unit) : .samples(try #require(try DataSource(parsing: source).load()), .standardized)
    let network = try Examined.mlp(depth: 4, width: 256, inputs: source == "uniform" ? 100 : 784, .tanh)
    let run = try Examined.run(network, "lecun_normal", input: input, batch: 256)
    // 16 moments and more at 5 standard errors: 1e-5.
    #expect(run.residuals.count >= 16)
    #expect(run.residuals.allSatisfy { abs($0) < 5 })
    #expect(run.disagreements.isEmpty)
    // The input's second moment is far from 1 where it is not standardized, and its samples are alike.
    let first = try #require(run.layers[0].preactivation.theory)
    #expect(source == "uniform" ? abs(first - 1.0 / 3) < 0.01 : abs(first - 1) < 0.1)
  }

  @Test func signalsOutsideDoublesRangeArePredicted() throws {
    // 200 layers of N(0, 1) weights: 128^200 = 1e421.
    let run = try Examined.run(try Examined.mlp(depth: 200, width: 256, .relu), "normal", batch: 8, replicas: 3)
    let last = run.layers[199].activation
    #expect(last.theory == .infinity)
    #expect(abs(try #require(last.theoryLog10) - 200 * log10(128)) < 3)
    #expect(abs(try #require(last.residual)) < 5)
    #expect(run.layers[0].gradient.theoryLog10 ?? 0 > 400)
  }

  @Test func sumsArePredictedAtInfiniteWidth() throws {
    let network = try Network(input: .features(512)) {
      Dense(512, activation: .relu)
      Residual { Dense(512, activation: .relu) }
      Residual { Dense(512, activation: .relu) }
      Residual {
        Dense(512, activation: .tanh)
        Dense(512)
      }
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal", batch: 128, replicas: 12)
    #expect(run.theoryNote?.contains("with skip connections, theory gives values") == true)
    for layer in run.layers.dropLast() {
      for signal in [layer.preactivation, layer.activation, layer.gradient, layer.preactivationGradient] {
        // Replicas scatter by sqrt(5 L / 512) at most, 0.24 for the six layers passed, and 0.45 with the ten outputs of the
        // backward pass: the mean over twelve by 0.13, of which this is five deviations.
        #expect(abs(signal.secondMoment / (try #require(signal.theory)) - 1) < 0.65)
        #expect(signal.theoryLog10 == nil && signal.residual == nil)
      }
    }
    // What separates 2 + 2 E x E a from a plain 2.
    let sum = try #require(run.layers[2].activation.theory)
    #expect(abs(run.layers[2].activation.secondMoment / sum - 1) < 0.1 && sum > 2.5)
  }

  @Test func calibratedWeightsHaveUnitVariance() throws {
    let run = try Examined.run(try Examined.mlp(depth: 5, width: 128, .relu), "lsuv", batch: 256)
    #expect(run.theoryNote?.contains("with weights that are scaled to the data, theory gives values") == true)
    for layer in run.layers.dropLast() {
      // LSUV stops within a tenth of 1.
      #expect(layer.preactivation.theory == 1)
      #expect(abs(layer.preactivation.secondMoment - 1) < 0.11)
      #expect(layer.preactivation.theoryLog10 == nil)
    }
  }

  @Test func silenceHasAReason() throws {
    let sum = try Network(input: .features(16)) {
      Residual(activation: .relu) { Dense(16) }
      Dense(4)
    }
    let silent = try Examined.run(sum, "he_normal")
    #expect(silent.theoryNote?.contains("theory does not cover an activation of a sum, such as relu") == true)
    #expect(silent.signals.allSatisfy { $0.theory == nil && $0.theoryLog10 == nil })
    // relu_squared squares the exponent at each layer.
    let beyond = try Examined.run(try Examined.mlp(depth: 12, width: 64, .reluSquared), "normal")
    #expect(beyond.theoryNote == "no prediction: the signal grows beyond what theory can compute")
    #expect(beyond.disagreements.isEmpty)
  }

  @Test func lossesStartFromTheMeasuredCotangent() throws {
    let input = AuditInput.samples(try #require(try DataSource(parsing: "fashion-mnist").load()), .standardized)
    let network = try Examined.mlp(depth: 4, width: 256, inputs: 784, .tanh)
    let run = try Examined.run(network, "lecun_normal", input: input, batch: 256) { $0.backward = .crossEntropy }
    let output = run.layers[4].gradient
    #expect(output.theoryLog10 == output.log10SecondMoment || abs((output.residual ?? 0)) < 1e-6)
    // Cross-entropy of ten classes: p - y with p near 1/10 has second moment 0.09, divided by 256 samples squared.
    #expect(abs(output.secondMoment / (0.09 / 65536) - 1) < 0.5)
    for layer in run.layers.dropLast() {
      // Predicted but not judged: the cotangent hangs on the forward pass.
      #expect(abs(try #require(layer.gradient.log10SecondMoment) - (try #require(layer.gradient.theoryLog10))) < 0.2)
    }
    #expect(run.disagreements.isEmpty)
  }
}
