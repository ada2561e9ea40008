import Diagnosis
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct ChaoticTests {
  private static func tanh(_ scale: Double, depth: Int = 40) throws -> InitializerRun {
    try Examined.run(
      try Examined.mlp(depth: depth, width: 128, .tanh),
      "variance_scaling(scale=\(scale),mode=fan_in,distribution=normal)")
  }

  /// Poole et al. 2016, figure 1: tanh at sw = 2.5 without biases is chaotic.
  @Test func tanhWithLargeWeightsIsChaotic() throws {
    let run = try Self.tanh(6.25)
    let finding = try #require(run.findings(of: Chaotic.name).first)
    #expect(finding.severity == .error && Chaotic.status == .chaotic)
    // q* = 3.96096 and chi1 = 1.606975 by scipy's quadrature: 8.0 decades over 39 steps.
    #expect((try #require(finding.number("chi1")) - 1.6069749700233018).magnitude < 1e-9)
    // Odd and without biases: correlations of independent inputs stay at 0, and the critical weight variance is 1.
    #expect(try #require(finding.number("cStar")) < 1e-6)
    #expect((try #require(finding.number("criticalWeightVariance")) - 1).magnitude < 1e-6)
    #expect(finding.message.contains("; 1/fan_in would keep them"))
    // The cause has been named once.
    #expect(run.findings(of: ExplodingGradients.name).isEmpty)
  }

  @Test func theSeverityFollowsTheDepth() throws {
    // chi1 = 1.859855 at sw2 = 9 by scipy: 1.6, 3.5 and 7.8 decades.
    let severities = try [7, 14, 30].map { try Self.tanh(9, depth: $0).findings(of: Chaotic.name).first?.severity }
    #expect(severities == [.note, .warning, .error])
  }

  /// chi1 = 1 and below: neither grows.
  @Test(arguments: [0.8, 1.0]) func orderAndCriticalityAreSilent(scale: Double) throws {
    #expect(try Self.tanh(scale).findings(of: Chaotic.name).isEmpty)
  }

  /// A ReLU network has no fixed point there: it explodes.
  @Test func rectifiersExplodeInstead() throws {
    let run = try Examined.run(
      try Examined.mlp(depth: 24, width: 128, .relu), "variance_scaling(scale=6,mode=fan_in,distribution=normal)")
    #expect(run.findings(of: Chaotic.name).isEmpty)
    #expect(run.findings(of: ExplodingGradients.name).map(\.severity) == [.error])
  }

  /// Theory alone does not make a finding, and neither does measurement without theory.
  @Test func bothRoutesMustAgree() throws {
    // lecun_normal weights are critical: gradients that grow all the same explode for another reason.
    let made = try MadeUpRun(.tanh, backward: 0.65)
    #expect(made.findings(Chaotic()).isEmpty)
    #expect(made.findings(ExplodingGradients()).map(\.severity) == [.error])
  }
}
