import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct DeadUnitsTests {
  @Test(arguments: ["zeros", "constant(value=-0.01)"]) func aSignalThatDiesOutIsAnError(initializer: String) throws {
    // Inputs in [0, 1) under weights below zero leave nothing above it.
    let run = try Examined.run(try Examined.mlp(depth: 4, width: 32, .relu), initializer, input: .uniform(.unit))
    let finding = try #require(run.findings(of: DeadUnits.name).first)
    #expect(finding.severity == .error && DeadUnits.status == .dead)
    #expect(finding.layers == [1, 2, 3, 4])
    #expect(finding.message.hasPrefix("All units of layers dense_1 to dense_4 are zero"))
  }

  /// A path around the dead layer carries signal and gradient.
  @Test func aSumCarriesTheSignalPastADeadLayer() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .relu)
      Residual { Dense(32, activation: .relu, bias: .constant(-1000)) }
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.layers[1].activation.deadFraction == 1)
    #expect(run.findings(of: DeadUnits.name).map(\.severity) == [.warning])
  }

  /// Pre-activations of deviation sqrt(2) and biases N(-3.4, 1): a unit with bias b is dead where the largest of 64 draws,
  /// about 2.4 deviations or 3.4, stays below -b. That is half of the units.
  @Test func manyDeadUnitsAreAWarning() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 1, width: 512, .relu, bias: "normal(mean=-3.4,std=1)"), "he_normal")
    let share = try #require(run.layers[0].activation.deadFraction)
    // The largest of 64 scatters by half a deviation, which is symmetric about the half but for its skewness.
    #expect(share > 0.35 && share < 0.65)
    let finding = try #require(run.findings(of: DeadUnits.name).first)
    #expect(finding.severity == .warning && finding.layers == [1])
    #expect(finding.number("deadFraction") == share)
  }

  /// Hoeffding: sqrt(log(1000 * 11) / (2 * 64 * 5)) = 0.1206 above the bound of 0.25, for 11 layers of 64 units, 5 replicas.
  @Test(arguments: [(0.365, 0), (0.376, 1)]) func theBoundLeavesRoomForChance(share: Double, count: Int) throws {
    let made = try MadeUpRun(.relu) { $0.layers[4].activation.deadFraction = share }
    #expect(made.findings(DeadUnits()).count == count)
  }

  /// Of a single sample half of all rectifiers are zero by chance, of two independent ones a quarter.
  @Test(arguments: [1, 2, 3]) func fewSamplesMakeNoDeadUnits(batch: Int) throws {
    let run = try Examined.run(try Examined.mlp(depth: 10, width: 128, .relu), "he_normal", batch: batch)
    #expect(run.findings(of: DeadUnits.name).isEmpty, "\(run.findings.map(\.message))")
    let low = try Examined.run(
      try Examined.mlp(depth: 10, width: 128, .relu, bias: "constant(value=-1)"), "he_normal", batch: batch)
    #expect(!low.findings(of: DeadUnits.name).isEmpty)
  }

  @Test func aReplicaWithoutSignalIsAWarning() throws {
    let made = try MadeUpRun(.relu) { run in
      run.layers[6].activation.log10SecondMoment = nil
      run.layers[6].activation.deadFraction = 0.2
    }
    let finding = try #require(made.findings(DeadUnits()).first)
    #expect(finding.severity == .warning && finding.layers == [7])
    #expect(finding.message.contains("depends on its seed"))
  }

  /// A signal that goes around a branch of zeros, before any other layer has been passed: zeros by design.
  @Test func zerosByDesignAreNamedAsSuch() throws {
    let network = try Network(input: .sequence(steps: 8, features: 16)) {
      for _ in 0..<2 {
        Residual {
          LayerNorm()
          SelfAttention(heads: 4)
        }
        Residual {
          LayerNorm()
          Dense(32, activation: .relu)
          Dense(16)
        }
      }
      LayerNorm()
      Flatten()
      Dense(10)
    }
    let run = try Examined.run(network, "zero_last")
    #expect(run.findings.filter { $0.severity != .note }.isEmpty, "\(run.findings.map(\.message))")
    let finding = try #require(run.findings(of: DeadUnits.name).first)
    #expect(finding.severity == .note && finding.message.contains("zero by design"))
    #expect(
      finding.layers.map { run.layers[$0 - 1].name } == ["self_attention_1", "dense_2", "self_attention_2", "dense_4"])
  }

  /// The slope of ReLU at exactly 0 is 0, so that zeros before it never move; those of tanh do.
  @Test(arguments: [("relu", Finding.Severity.warning), ("tanh", .note)])
  func zerosBeforeARectifierNeverLearn(activation: String, severity: Finding.Severity) throws {
    var options = PresetOptions(depth: 6, width: 64, inputs: 64, outputs: 10)
    options.residual = true
    options.activation = try Activation(parsing: activation)
    let run = try Examined.run(try Preset.mlp.make(options), "zero_last")
    let finding = try #require(run.findings(of: DeadUnits.name).first)
    #expect(finding.severity == severity, "\(finding.message)")
    #expect(finding.layers.count == 5 && finding.message.contains("never learn") == (severity == .warning))
  }

  /// Zeros of gains: batch normalization at the end of each branch.
  @Test func zeroGainsAreZerosByDesign() throws {
    let network = try Network(input: .image(channels: 4, height: 8, width: 8)) {
      for _ in 0..<2 {
        Residual {
          Conv2D(4, kernel: 3, padding: .same)
          BatchNorm(activation: .relu)
          Conv2D(4, kernel: 3, padding: .same)
          BatchNorm(gain: .zeros)
        }
      }
      GlobalAveragePool()
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal", batch: 16)
    #expect(run.findings.filter { $0.severity == .error }.isEmpty, "\(run.findings.map(\.message))")
    #expect(run.findings(of: DeadUnits.name).map(\.severity) == [.note])
  }

  /// In the only path a zero layer stops everything, whatever stands behind it.
  @Test(arguments: [false, true]) func zerosInTheOnlyPathAreAnError(biased: Bool) throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .relu)
      Dense(32, activation: .relu, weights: .zeros)
      Dense(32, activation: .relu, bias: biased ? .constant(1) : nil)
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.findings(of: DeadUnits.name).map(\.severity) == [.error])
  }

  /// tanh has slope 1 at zero: `dW = g h` with g = W^T of random weights above and h alive. It learns first, and then all
  /// do.
  @Test func aSingleLayerOfZerosWithASlopeIsAWarning() throws {
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .tanh)
      Dense(32, activation: .tanh, weights: .zeros)
      Dense(32, activation: .tanh)
      Dense(10)
    }
    let run = try Examined.run(network, "lecun_normal")
    #expect((run.layers[1].weightGradient?.secondMoment ?? 0) > 0)
    #expect(run.findings.filter { $0.severity == .error }.isEmpty)
    #expect(run.findings(of: DeadUnits.name).map(\.severity) == [.warning])
  }

  /// Two zeros in a row give each other no gradient: `dW = g h` with h = 0 above, `W^T g` with W = 0 below.
  @Test func zerosUponZerosNeverLearn() throws {
    let network = try Network(input: .features(32)) {
      Residual {
        Dense(32, activation: .relu, weights: .zeros)
        Dense(32, weights: .zeros)
      }
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal")
    #expect(run.layers[0].weightGradient?.secondMoment == 0 && run.layers[1].weightGradient?.secondMoment == 0)
    let findings = run.findings(of: DeadUnits.name)
    #expect(findings.first?.severity == .warning && findings.first?.message.contains("never learns") == true)
  }

  /// All inputs zero: no layer is to blame.
  @Test func anInputOfZerosIsNamed() throws {
    var made = try MadeUpRun(.relu)
    made.context.input.secondMoment = 0
    let finding = try #require(made.findings(DeadUnits()).first)
    #expect(finding.severity == .error && finding.message.hasPrefix("Every value of the input is zero"))
  }

  /// Positions are no units: a channel is dead where it is zero at all of them.
  @Test func aChannelIsAliveWhereOnePositionIs() throws {
    let network = try Network(input: .image(channels: 2, height: 6, width: 6)) {
      Conv2D(8, kernel: 3, activation: .relu, bias: .constant(-2))
      Flatten()
      Dense(10)
    }
    let run = try Examined.run(network, "he_normal", batch: 4, replicas: 2)
    // Of pre-activations N(-2, 2), 8% are positive: each of 16 positions is dead in a batch of 4 with probability 0.72, and
    // a channel, if positions were independent, with 0.72^16 = 0.005; windows overlap, so that it is more.
    #expect(try #require(run.layers[0].activation.deadFraction) < 0.5)
  }

  /// Output layers of zeros are zero by design, and so are branches that start from zero; nothing else is said.
  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { run in
      let isZero = ["fixup", "skipinit", "zero_last"].contains(run.initializer)
      let findings = run.findings(of: DeadUnits.name)
      #expect(findings.allSatisfy { isZero && $0.severity == .note }, "\(run.initializer)")
    }
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .relu).repeated(3)
      Dense(10, weights: .zeros)
    }
    let findings = try Examined.run(network, "he_normal").findings(of: DeadUnits.name)
    #expect(
      findings.map(\.severity) == [.note] && findings[0].message.hasPrefix("The output layer starts from zero by design"))
  }
}
