import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct SaturatedUnitsTests {
  /// tanh' < 0.05 beyond |z| = 2.18; with z of deviation 50 * 8 all but 0.4% of the values lie there.
  @Test func hugeWeightsSaturateTanh() throws {
    let run = try Examined.run(try Examined.mlp(depth: 3, width: 64, .tanh), "normal(std=50)")
    let finding = try #require(run.findings(of: SaturatedUnits.name).first)
    #expect(finding.severity == .warning && finding.layers == [1, 2, 3])
    #expect(try #require(finding.number("saturatedFraction")) > 0.95)
    #expect(finding.message.contains("less than a twentieth"))
  }

  /// hard_tanh has slope 0 beyond 1: where every value lies there, no gradient passes.
  @Test func aSlopeOfZeroStopsEveryGradient() throws {
    let network = try Network(input: .features(64)) {
      Dense(64, activation: .hardTanh).repeated(2)
      Dense(10, weights: .lecunNormal)
    }
    let run = try Examined.run(network, "constant(value=1)", input: .uniform(.unit), batch: 16)
    let finding = try #require(run.findings(of: SaturatedUnits.name).first)
    #expect(finding.severity == .error && SaturatedUnits.status == .saturated)
    #expect(finding.message.contains("no gradient passes"))
  }

  /// sqrt(log(1000 * 11) / (2 * 64 * 5)) = 0.1206 above the bound of 0.25.
  @Test(arguments: [(0.365, 0), (0.376, 1)]) func theBoundLeavesRoomForChance(share: Double, count: Int) throws {
    let made = try MadeUpRun(.tanh) { $0.layers[4].activation.saturatedFraction = share }
    #expect(made.findings(SaturatedUnits()).count == count)
  }

  /// Rectifiers are cut off on one side by design.
  @Test func rectifiersAreNotJudged() throws {
    let made = try MadeUpRun(.relu) { $0.layers[4].activation.saturatedFraction = 0.9 }
    #expect(made.findings(SaturatedUnits()).isEmpty)
  }

  @Test func healthyNetworksAreSilent() throws {
    try Examined.healthy { #expect($0.findings(of: SaturatedUnits.name).isEmpty, "\($0.initializer)") }
    let sigmoid = try Examined.run(try Examined.mlp(depth: 4, width: 64, .sigmoid), "lecun_normal")
    #expect(sigmoid.findings(of: SaturatedUnits.name).isEmpty)
  }
}
