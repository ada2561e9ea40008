import Foundation
import InitScope
import NetworkGraph
import SignalPropagation
import TestSupport
import Testing

/// Theory beside models from files (Fixtures/models/scripts/small.py): as for the same layers in our own language, and
/// silent where the graph computes anything that theory does not describe.
@Suite struct ModelTheoryTests {
  private func report(_ name: String, _ initializers: [Initializer], replicas: Int = 1) throws -> AuditReport {
    let model = try ONNXImport.model(path: Repository.fixtures.appending(path: "models/small/\(name).onnx").path)
    var configuration = try AuditConfiguration(model: model, initializers: initializers, replicas: replicas, threads: 1)
    configuration.histograms = false
    return try Audit(configuration).diagnose(judges: false)
  }

  /// He 2015: with weight variance 2 / fanIn every pre-activation has twice its input's second moment, and that of the
  /// biases, which a redrawn model keeps; ReLU halves it. Backward layers of one width keep it; ten outputs give 20 / 64 of
  /// it.
  @Test func aChainOfReLULayersFollowsHe() throws {
    let report = try report("chain", [.heNormal])
    let layers = report.runs[0].layers, input = try #require(report.input.secondMoment)
    #expect(layers.map(\.name) == ["1", "3", "5", "7", "9"] && report.runs[0].theoryNote == nil)
    let output = try #require(layers.last?.gradient.theory)
    var signal = input
    for layer in layers.dropLast() {
      let bias = try #require(layer.bias)
      let z = 2 * signal + bias.mean * bias.mean + bias.variance * Double(layer.units - 1) / Double(layer.units)
      signal = z / 2
      let expected = [z, signal, output * 2 * 10 / 64, output * 10 / 64]
      let found = [
        layer.preactivation.theory, layer.activation.theory, layer.gradient.theory, layer.preactivationGradient.theory,
      ]
      for (found, expected) in zip(found, expected) {
        // Theory integrates numerically, and knows the input's moment from its logarithm.
        #expect(abs(try #require(found) / expected - 1) < 1e-6, "\(layer.name)")
      }
    }
  }

  /// Measured moments lie within 5 standard errors of theory's, which chance exceeds in one of 2 million comparisons; also
  /// for the file's own weights, of which there is one drawing.
  @Test(arguments: [Initializer.file, .heNormal, .glorotUniform, .orthogonal(gain: 1)])
  func aChainIsAsPredicted(_ initializer: Initializer) throws {
    let run = try report("chain", [initializer], replicas: 8).runs[0]
    for layer in run.layers {
      for signal in [layer.preactivation, layer.activation, layer.preactivationGradient] {
        let measured = try #require(signal.log10SecondMoment), predicted = try #require(signal.theoryLog10)
        guard let error = signal.theoryStandardError else { continue }
        #expect(abs(measured - predicted) < 5 * error, "\(initializer), \(layer.name)")
      }
    }
  }

  /// The same layers in our own language get the same predictions. Both start from their own inputs and output gradients.
  @Test func normalizedBlocksAreLikeOurOwn() throws {
    let network = try Network(input: .features(48)) {
      Dense(64)
      BatchNorm()
      for _ in 0..<2 {
        Residual {
          LayerNorm()
          Dense(64, activation: .relu)
        }
      }
      Dense(10)
    }
    let own = try Audit(
      AuditConfiguration(network: network, initializers: [.heNormal], batch: 64, replicas: 1, threads: 1)
    ).diagnose(judges: false).runs[0]
    let run = try report("blocks", [.heNormal]).runs[0]
    #expect(run.layers.count == own.layers.count && run.theoryNote == own.theoryNote)
    func ratio(_ run: InitializerRun, _ place: Int) throws -> Double {
      try #require(run.layers[place].gradient.theory) / (try #require(run.layers[run.layers.count - 1].gradient.theory))
    }
    for (place, (found, expected)) in zip(run.layers, own.layers).enumerated() where place > 0 {
      // 64 random samples of 48 values have cosines of some 0.01 on average, which move the sums' moments by as much.
      #expect(abs(try #require(found.activation.theory) / (try #require(expected.activation.theory)) - 1) < 0.02)
      #expect(abs(try ratio(run, place) / ratio(own, place) - 1) < 0.05)
    }
  }

  @Test(arguments: [
    ("repeated", "theory does not cover tensors that several layers share, such as those of hidden"),
    ("halved", "theory does not cover operators between layers, such as those of out"),
    ("recurrent", "theory does not cover lstm layers"),
    (
      "normed", "theory does not cover weights that the model computes from others, such as those of parametrizations.weight"
    ),
    ("../recognized/gated", "theory does not cover layers that act on each step of a sequence, such as those of gate"),
  ])
  func theorySaysWhereItEnds(_ name: String, _ reason: String) throws {
    let run = try report(name, [.heNormal]).runs[0]
    #expect(run.theoryNote == reason)
    #expect(run.layers.allSatisfy { $0.preactivation.theory == nil && $0.gradient.theory == nil })
  }

  /// What theory's own code calls its nodes is nothing that a user knows.
  @Test func aNormalizationOfTheInputIsNamed() throws {
    let network = try Network(input: .features(16)) {
      LayerNorm()
      Dense(8, activation: .tanh)
      Dense(4)
    }
    let run = try Audit(AuditConfiguration(network: network, initializers: [.heNormal], replicas: 1, threads: 1))
      .diagnose(judges: false).runs[0]
    #expect(run.theoryNote == "theory does not cover normalizations of the input itself, such as layer_norm_1")
  }
}
