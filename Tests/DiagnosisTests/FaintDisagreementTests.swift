import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

/// Theory and measurement agree where the signal is below Double's range, and where it is exactly zero.
@Suite struct FaintDisagreementTests {
  static let seeds = UInt64(1)...20

  /// A run disagrees by chance with a probability of 0.001: three of twenty or more with 1.1e-6.
  static func expectChance(_ alarms: [String]) {
    #expect(alarms.count < 3, "\(alarms.count) of \(seeds.count): \(alarms.joined(separator: "\n"))")
  }

  @Test(arguments: ["tanh", "gelu"]) func faintSignalsAgree(activation: String) throws {
    let network = try Examined.mlp(depth: 100, width: 64, Activation(parsing: activation))
    var alarms: [String] = []
    for seed in Self.seeds {
      let run = try Examined.run(network, "normal(std=1e-3)", batch: 64, replicas: 3, seed: seed)
      alarms += run.disagreements.map(\.message)
      // The first layer's gradient has lost some 420 decades, and is judged.
      #expect((run.layers[0].gradient.theoryLog10 ?? 0) < -400)
    }
    Self.expectChance(alarms)
  }

  /// The first layer starts from zeros: the signal behind it is exactly zero until its first step.
  static func zerosFirst() throws -> Network {
    try Network(input: .features(64)) {
      Dense(64, activation: .tanh, weights: .zeros)
      Dense(32, activation: .tanh).repeated(3)
      Dense(10)
    }
  }

  @Test func gradientsOfZeroSignalsAgree() throws {
    var alarms: [String] = []
    for seed in Self.seeds {
      let run = try Examined.run(try Self.zerosFirst(), "lecun_normal", replicas: 5, seed: seed)
      alarms += run.disagreements.map(\.message)
      #expect(run.layers[1].preactivationGradient.theoryStandardError ?? 0 > 0)
    }
    Self.expectChance(alarms)
  }

  /// `check` shares its rate of 0.001 among all comparisons of a run.
  @Test func checksOfZeroSignalsPass() throws {
    var alarms: [String] = []
    for seed in Self.seeds {
      var configuration = AuditConfiguration(
        network: try Self.zerosFirst(), initializers: [.lecunNormal], batch: 64, replicas: 5, seed: seed, histograms: false)
      configuration.threads = 2
      let report = Diagnosis(of: configuration).examine(try Audit(configuration).run())
      let result = try Gate(.automatic, configuration: configuration).evaluate(report)
      if !result.violations.isEmpty { alarms.append("seed \(seed): \(result.violations.map(\.message))") }
    }
    Self.expectChance(alarms)
  }
}
