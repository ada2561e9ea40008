import CGSL
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

/// Initializers that look at the data.
@Suite struct CalibrationTests {
  private let activations: [Activation] = [.relu, .tanh, .gelu, .sigmoid]

  @Test(arguments: [0, 1, 2, 3])
  func lsuvBringsEveryLayerToUnitVariance(which: Int) throws {
    let network = try Harness.perceptron(50, [40, 40, 60, 10], activation: activations[which])
    let (report, t) = try Harness.tapped(
      AuditConfiguration(
        network: network, initializers: [Initializer(parsing: "lsuv(tolerance=0.01)")], batch: 128, replicas: 2))
    let run = report.runs[0]
    #expect(run.calibration.count == 4)
    for (layer, calibration) in zip(run.layers, run.calibration) {
      #expect(calibration.layer == layer.name)
      #expect(calibration.converged && calibration.attempts >= 1)
      let z = t[layer.name, .preactivation]
      let variance = gsl_stats_variance(z, 1, z.count)
      #expect(abs(variance - 1) < 0.01, "\(layer.name): \(variance)")
      // A scaled orthonormal matrix stays orthogonal.
      #expect(try #require(layer.weights?.orthogonalityDefect) < 1e-5)
    }
  }

  @Test func lsuvReportsWhenItsAttemptsRunOut() throws {
    // Inputs of zero leave nothing to rescale.
    var configuration = AuditConfiguration(
      network: try Harness.perceptron(6, [5, 4], activation: .relu), initializers: [.lsuv], batch: 3, replicas: 1)
    configuration.given.input = [Float](repeating: 0, count: 18)
    let run = try Audit(configuration).run().runs[0]
    #expect(run.calibration.allSatisfy { !$0.converged && $0.attempts == 0 })
  }

  @Test func withinLayerGivesEachUnitZeroMeanAndUnitVariance() throws {
    let network = try Harness.perceptron(50, [40, 30, 10], activation: .relu)
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.krahenbuhl], batch: 100, replicas: 1))
    for layer in report.runs[0].layers {
      let z = t[layer.name, .preactivation]
      for unit in 0..<layer.units {
        let column = (0..<100).map { z[$0 * layer.units + unit] }
        #expect(abs(gsl_stats_mean(column, 1, 100)) < 1e-4)
        #expect(abs(gsl_stats_variance(column, 1, 100) * 0.99 - 1) < 1e-3)
      }
    }
    #expect(report.runs[0].calibration.allSatisfy { $0.converged })
  }

  /// Layers whose rows of weights are not their units: tokens of a table, gates, projections.
  @Test(arguments: [Initializer.krahenbuhl, .lsuv])
  func everyLayerKindTakesADataDependentScheme(_ initializer: Initializer) throws {
    let network = try Network(input: .features(6)) {
      Embedding(vocabulary: 9, dimension: 4)
      SelfAttention(heads: 2)
      LayerNorm()
      Conv1D(5, kernel: 2, activation: .relu)
      LSTM(7, returns: .sequence)
      GRU(3, returns: .sequence)
      SimpleRNN(11)
      Dense(2)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [initializer], batch: 32, replicas: 2))
    let run = report.runs[0]
    #expect(run.layers.allSatisfy { $0.preactivation.nonFinite == 0 })
    guard initializer == .krahenbuhl else { return }
    // Only where a unit has a row of its own can it be fitted.
    #expect(run.calibration.map(\.layer) == ["conv1d_1", "dense_1"])
    #expect(run.calibration.allSatisfy { $0.converged })
    // The others stay as drawn, N(0, 1 / fanIn): sums of squares have a chi-square law; 2e-7 a tensor are 1e-6 for five.
    for node in network.nodes where !node.layer.hasRowPerUnit {
      guard let shape = node.layer.weightShape(from: node.inputShapes) else { continue }
      let w = t[node.name, .weights], n = Double(w.count)
      let sum = w.reduce(0) { $0 + $1 * $1 } * Double(shape.fans.fanIn)
      #expect(min(gsl_cdf_chisq_P(sum, n), gsl_cdf_chisq_Q(sum, n)) > 1e-7, "\(node.name): \(sum / n)")
    }
  }

  /// The first layer's own weights take the signal where neither Float nor the square of a Float could follow.
  @Test(arguments: [1e-60, 1e60])
  func lsuvReachesUnitVarianceFromOutsideFloat(std: Double) throws {
    let network = try Network(input: .features(20)) {
      Dense(30, activation: .relu, weights: .normal(std: std))
      Dense(30, activation: .relu).repeated(2)
      Dense(5)
    }
    let run = try Audit(AuditConfiguration(network: network, initializers: [.lsuv], batch: 64, replicas: 2)).run().runs[0]
    #expect(run.calibration.map(\.layer) == ["dense_2", "dense_3", "dense_4"])
    for calibration in run.calibration { #expect(calibration.converged && abs(calibration.variance - 1) < 0.1) }
    let variance = try #require(run.layers[1].weights).variance
    #expect(abs(log10(variance) + 2 * log10(std)) < 4)
  }

  /// A bias that the layer declares is in the units' means already.
  @Test func withinLayerReplacesADeclaredBias() throws {
    let network = try Network(input: .features(30)) {
      Dense(20, activation: .tanh, bias: .normal(std: 2)).repeated(2)
      Dense(5)
    }
    let (report, t) = try Harness.tapped(
      AuditConfiguration(network: network, initializers: [.krahenbuhl], batch: 90, replicas: 1))
    #expect(report.runs[0].calibration.allSatisfy { $0.converged })
    for layer in report.runs[0].layers {
      let z = t[layer.name, .preactivation]
      for unit in 0..<layer.units {
        let column = (0..<90).map { z[$0 * layer.units + unit] }
        // Sums of 30 products of size below 10 round by less than 30 * 10 * 2^-24 = 2e-5 each.
        #expect(abs(gsl_stats_mean(column, 1, 90)) < 2e-5)
      }
    }
  }
}
