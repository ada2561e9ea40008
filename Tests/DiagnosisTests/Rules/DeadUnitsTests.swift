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

  @Test func aReplicaWithoutSignalIsAWarning() throws {
    let made = try MadeUpRun(.relu) { run in
      run.layers[6].activation.log10SecondMoment = nil
      run.layers[6].activation.deadFraction = 0.2
    }
    let finding = try #require(made.findings(DeadUnits()).first)
    #expect(finding.severity == .warning && finding.layers == [7])
    #expect(finding.message.contains("depends on its seed"))
  }

  /// Branches that start from zero and output layers of zeros are dead on purpose.
  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: DeadUnits.name).isEmpty, "\($0.initializer)") }
    let network = try Network(input: .features(32)) {
      Dense(32, activation: .relu).repeated(3)
      Dense(10, weights: .zeros)
    }
    #expect(try Examined.run(network, "he_normal").findings(of: DeadUnits.name).isEmpty)
  }
}
