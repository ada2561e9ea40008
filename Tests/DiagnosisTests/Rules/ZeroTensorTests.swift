import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

/// Zeros that get a gradient of their own wake up with the first step; zeros that get none stay.
///
/// Which are which was seen in PyTorch: 300 steps of SGD bring GELU and tanh behind a gain of zero to the end of their task,
/// and leave ReLU, whose slope at exactly 0 is 0, where it began.
@Suite struct ZeroTensorTests {
  /// A normalization with a gain of zero in the only path.
  static func gain(_ activation: String, batch: Bool) throws -> Network {
    let activation = try Activation(parsing: activation)
    return try Network(input: .features(32)) {
      Dense(32)
      if batch { BatchNorm(activation: activation, gain: .zeros) } else { LayerNorm(activation: activation, gain: .zeros) }
      Dense(10)
    }
  }

  @Test(arguments: ["gelu", "tanh", "silu", "identity"], [false, true])
  func aGainWithASlopeBehindItWakesUp(activation: String, batch: Bool) throws {
    let run = try Examined.run(try Self.gain(activation, batch: batch), "he_normal")
    // g' = f'(0) sum over samples of (gradient times normalized value), which is not zero.
    let gradient = run.parameters.first { $0.role == .gain }?.gradient
    #expect((gradient?.secondMoment ?? 0) > 0)
    #expect(run.findings.filter { $0.severity == .error }.isEmpty, "\(run.findings.map(\.message))")
    let finding = try #require(run.findings(of: DeadUnits.name).first)
    #expect(finding.severity == .warning && finding.text("cause") == "zero weights")
    #expect(finding.message.hasPrefix("The gains of layer"))
  }

  @Test(arguments: [false, true]) func aGainBeforeARectifierIsStuck(batch: Bool) throws {
    let run = try Examined.run(try Self.gain("relu", batch: batch), "he_normal")
    #expect(run.parameters.first { $0.role == .gain }?.gradient?.secondMoment == 0)
    #expect(run.findings(of: DeadUnits.name).map(\.severity) == [.error])
  }

  /// At the end of a branch ReLU holds a gain of zero for ever, too; the path around learns.
  @Test(arguments: [("relu", Finding.Severity.warning), ("tanh", .note)])
  func aGainInABranch(activation: String, severity: Finding.Severity) throws {
    let activation = try Activation(parsing: activation)
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh)
      Residual {
        Dense(32)
        BatchNorm(activation: activation, gain: .zeros)
      }
      Dense(10)
    }
    let findings = try Examined.run(network, "lecun_normal").findings(of: DeadUnits.name)
    #expect(findings.map(\.severity) == [severity], "\(findings.map(\.message))")
    #expect(findings.first?.message.contains("never learn") == (severity == .warning))
  }

  /// Two branches of zeros that together are the only path: each gets a gradient.
  @Test func twoWaysOfZerosWakeUp() throws {
    let placements = [
      Network.Placement(name: "a", layer: Dense(32, activation: .tanh, weights: .zeros), inputs: [Network.inputName]),
      Network.Placement(name: "b", layer: Dense(32, activation: .tanh, weights: .zeros), inputs: [Network.inputName]),
      Network.Placement(name: "sum", layer: Add(), inputs: ["a", "b"]),
      Network.Placement(name: "output", layer: Dense(10), inputs: ["sum"]),
    ]
    let network = try Network(name: "two ways", input: .features(32), placements: placements)
    let findings = try Examined.run(network, "lecun_normal").findings(of: DeadUnits.name)
    #expect(findings.map(\.severity) == [.warning], "\(findings.map(\.message))")
  }

  /// Of an attention's four matrices two zeros in a row, value and output, wait for each other: `dW_o = (A V)^T g` with
  /// V = 0, `dW_v` with W_o = 0.
  @Test func zerosWithinALayerWaitForEachOther() throws {
    let network = try Network(input: .sequence(steps: 6, features: 16)) {
      Dense(16)
      Residual { SelfAttention(heads: 4, weights: .zeros) }
      LastStep()
      Dense(10)
    }
    let findings = try Examined.run(network, "lecun_normal", batch: 16).findings(of: DeadUnits.name)
    #expect(findings.map(\.severity) == [.warning])
    #expect(findings.first?.message.contains("wait for each other") == true, "\(findings.map(\.message))")
  }

  /// The constant behind zero weights is the same for every sample, until the first step.
  @Test(arguments: [("relu", "normal(std=1)"), ("sigmoid", "zeros"), ("tanh", "constant(value=0.5)")])
  func zerosWithABiasMakeSamplesAlikeForAStep(activation: String, bias: String) throws {
    let activation = try Activation(parsing: activation), bias = try Initializer(parsingBias: bias)
    let network = try Network(input: .features(64)) {
      Dense(64, activation: activation, weights: .zeros, bias: bias)
      Dense(32, activation: activation)
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.findings.filter { $0.severity == .error }.isEmpty, "\(run.findings.map(\.message))")
    let finding = try #require(run.findings(of: CollapsedInputs.name).first)
    #expect(finding.severity == .warning && finding.text("cause") == "zero weights")
  }

  /// Zeros behind zeros: the later ones get a gradient, move, and let one through to the earlier ones. Such a network of 64
  /// units with biases of deviation 1 reaches 0.79 on Fashion-MNIST within 300 steps.
  @Test func zerosBehindZerosWakeOneAfterTheOther() throws {
    let bias = try Initializer(parsingBias: "normal(std=1)")
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .tanh, weights: .zeros, bias: bias)
      Dense(64, activation: .tanh, weights: .zeros, bias: bias)
      Dense(10)
    }
    let run = try Examined.run(network, "glorot_uniform")
    #expect(run.findings(of: CollapsedInputs.name).map(\.severity) == [.warning])
    #expect(run.findings(of: CollapsedInputs.name).first?.text("cause") == "zero weights")
  }

  /// A collapse that begins before the zeros is the network's own.
  @Test func aCollapseBeforeTheZerosIsAnError() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .tanh, weights: .normal(std: 1e-4), bias: .constant(1))
      Dense(64, activation: .tanh, weights: .zeros, bias: .constant(1))
      Dense(10)
    }
    #expect(try Examined.run(network, "lecun_normal").findings(of: CollapsedInputs.name).map(\.severity) == [.error])
  }

  /// A ReLU that cuts off every output passes no gradient, whatever the layers before it do.
  @Test func aDeadOutputIsAnError() throws {
    func run(_ bias: Double) throws -> InitializerRun {
      try Examined.run(
        try Network(input: .features(32)) {
          Dense(32, activation: .relu).repeated(2)
          Dense(4, activation: .relu, bias: .constant(bias))
        }, "he_normal")
    }
    let dead = try run(-100).findings(of: DeadUnits.name)
    #expect(dead.map(\.severity) == [.error] && dead.first?.layers == [3] && dead.first?.text("cause") == "output")
    #expect(try run(0).findings(of: DeadUnits.name).isEmpty)
  }

  // MARK: Remedies

  @Test func gainsInTheOnlyPathAreReplaced() throws {
    for batch in [false, true] {
      let network = try Self.gain("relu", batch: batch), changed = try #require(NetworkChange.withGainsOfOne(network))
      #expect(changed.nodes.map(\.name) == network.nodes.map(\.name))
      #expect(changed.nodes[1].parameters.first { $0.role == .gain }?.initializer == nil)
      #expect(changed.nodes[1].layer.activation == .relu)
      #expect(NetworkChange.withGainsOfOne(changed) == nil)
    }
    // Zeros at the end of a branch are meant.
    let residual = try Network(input: .features(32)) {
      Residual {
        Dense(32)
        BatchNorm(gain: .zeros)
      }
      Dense(10)
    }
    #expect(NetworkChange.withGainsOfOne(residual) == nil)
  }

  @Test func theRemedyNamesTheGains() throws {
    let verdict = try VerdictTests.verdict(
      try Network(input: .features(64)) {
        Dense(64)
        BatchNorm(activation: .relu, gain: .zeros)
        Dense(10)
      }, "he_normal")
    #expect(verdict.trains == false && verdict.status == .dead)
    #expect(
      verdict.recommendation?.hasPrefix("Let the gains of batch_norm_1 start from ones, with he_normal. ") == true,
      "\(verdict.recommendation ?? "")")
  }

  /// A branch that ends in zeros behind a gain of zero: in PyTorch neither has moved after 300 steps at a rate of 0.1.
  @Test(arguments: [("0", true), ("1", false)]) func aGainOfZeroUponZeros(gain: String, isStuck: Bool) throws {
    let gain = try Initializer(parsingBias: "constant(\(gain))")
    let network = try Network(
      input: .features(32),
      placements: [
        Network.Placement(name: "stem", layer: Dense(32, activation: .relu), inputs: [Network.inputName]),
        Network.Placement(name: "first", layer: Dense(32, activation: .relu), inputs: ["stem"]),
        Network.Placement(name: "last", layer: Dense(32, weights: .zeros), inputs: ["first"]),
        Network.Placement(name: "sum", layer: Add(gain: gain), inputs: ["stem", "last"]),
        Network.Placement(name: "out", layer: Dense(10), inputs: ["sum"]),
      ])
    let findings = try Examined.run(network, "he_normal").findings(of: DeadUnits.name)
    #expect(findings.map(\.severity) == [isStuck ? .warning : .note], "\(findings.map(\.message))")
    #expect(findings.first?.message.contains("neither gets a gradient") == isStuck)
  }
}
