import Diagnosis
import SignalPropagation
import Testing

/// Findings of several runs, by what they have in common.
@Suite struct FindingGroupTests {
  private func finding(
    _ rule: String, _ severity: Finding.Severity = .warning, layers: [Int] = [1], cause: String? = nil,
    _ numbers: [String: Double] = [:]
  ) -> Finding {
    var evidence = numbers.mapValues(Finding.Evidence.number)
    evidence["cause"] = cause.map(Finding.Evidence.text)
    return Finding(rule: rule, severity: severity, layers: layers, evidence: evidence, message: "\(rule) \(numbers)")
  }

  private func runs(_ findings: [(String, [Finding])]) throws -> [InitializerRun] {
    try findings.map { initializer, findings in
      try MadeUpRun(depth: 3) { run in
        run.initializer = initializer
        run.findings = findings
      }.run
    }
  }

  @Test func oneGroupForEachRuleCauseAndSeverity() throws {
    let runs = try runs([
      ("a", [finding("vanishing-gradients", .error, ["log10Drift": -20]), finding("dead-units", cause: "share")]),
      (
        "b",
        [finding("vanishing-gradients", .warning, ["log10Drift": -3]), finding("dead-units", cause: "zeros upon zeros")]
      ),
      ("c", [finding("vanishing-gradients", .error, ["log10Drift": -30]), finding("dead-units", cause: "share")]),
      ("d", []),
    ])
    let groups = FindingGroup.groups(of: runs)
    // Errors first; within a severity in the catalogue's order, in which dead-units stands before vanishing-gradients.
    #expect(
      groups.map { "\($0.severity.rawValue) \($0.rule) \($0.cause ?? "-"): \($0.initializers.joined(separator: " "))" } == [
        "error vanishing-gradients -: a c", "warning dead-units share: a c", "warning dead-units zeros upon zeros: b",
        "warning vanishing-gradients -: b",
      ])
    #expect(groups.map(\.runs) == [[0, 2], [0, 2], [1], [1]])
    #expect(groups[0].worst.initializer == "c" && groups[0].worst.finding.message.contains("-30"))
  }

  /// Each rule's own measure says which is the worst: here the pairs of a milder and a worse finding, in either order.
  @Test(
    arguments: [
      ("exploding-activations", ["log10Drift": 6], ["log10Drift": 40]),
      ("vanishing-gradients", ["log10Drift": -6], ["log10Drift": -40]),
      ("gain-mismatch", ["log10Gradients": 3], ["log10Gradients": -9]),
      ("collapsed-inputs", ["separation": 1e-3], ["separation": 1e-9]),
      ("rank-collapse", ["separation": 1e-3], ["separation": 0]),
      ("saturated-units", ["saturatedFraction": 0.3], ["saturatedFraction": 0.1, "saturatedEntries": 0.9]),
      ("dead-units", ["deadFraction": 0.3], ["deadFraction": 0.9]), ("weight-variance", ["ratio": 2], ["ratio": 0.1]),
      ("weight-variance", ["ratio": 0.5], ["ratio": 0]), ("loss-at-start", ["loss": 40], [:]),
      (
        "theory-disagreement", ["measuredLog10": 1, "theoryLog10": 0, "standardError": 0.1],
        ["measuredLog10": 0.5, "theoryLog10": 0, "standardError": 0.01]
      ),
      ("float16-range", ["vanishingShare": 0.2, "overflowingShare": 0], ["vanishingShare": 0, "overflowingShare": 0.3]),
      ("recurrent-gradients", ["log10Change": 4], ["log10Change": -20]),
      ("bias", ["shareOfPreactivation": 0.91], ["shareOfPreactivation": 0.99]),
    ] as [(String, [String: Double], [String: Double])])
  func theWorstIsTheExample(rule: String, milder: [String: Double], worse: [String: Double]) throws {
    for order in [[milder, worse], [worse, milder]] {
      let groups = FindingGroup.groups(
        of: try runs(order.enumerated().map { ("\($0)", [finding(rule, .warning, $1)]) }))
      #expect(groups.count == 1)
      #expect(groups.first?.worst.finding.message == finding(rule, .warning, worse).message, "\(order)")
    }
  }

  @Test func amongEqualsTheFirstIsTheExample() throws {
    let groups = FindingGroup.groups(
      of: try runs([("a", [finding("bias", layers: [1])]), ("b", [finding("bias", layers: [2])])]))
    #expect(groups.first?.worst.initializer == "a")
  }

  /// One run with a finding for each of several layers is one group; its other findings are at hand.
  @Test func severalFindingsOfOneRunAreOneGroup() throws {
    let groups = FindingGroup.groups(
      of: try runs([
        (
          "a",
          [
            finding("recurrent-gradients", layers: [1], cause: "loss", ["log10Change": -7]),
            finding("recurrent-gradients", layers: [2], cause: "loss", ["log10Change": -9]),
            finding("recurrent-gradients", layers: [3], cause: "growth", ["log10Change": 3]),
          ]
        )
      ]))
    #expect(groups.map(\.cause) == ["loss", "growth"])
    #expect(groups[0].worst.finding.layers == [2] && groups[0].othersInWorstRun.map(\.layers) == [[1]])
    #expect(groups[0].runs == [0] && groups[1].othersInWorstRun.isEmpty)
  }

  /// The factor belongs to the finding, not to the cause.
  @Test func unexplainedFactorsAreOneCause() {
    #expect(finding("weight-variance", cause: "unexplained factor 1.31").cause == "unexplained factor")
    #expect(finding("weight-variance", cause: "fan_out for fan_in").cause == "fan_out for fan_in")
    var theory = finding("theory-disagreement")
    theory.evidence["assumption"] = .text("finite width")
    #expect(theory.cause == "finite width" && finding("chaotic").cause == nil)
  }

  @Test func aRuleThatIsNotKnownComesLast() throws {
    let groups = FindingGroup.groups(of: try runs([("a", [finding("of-my-own"), finding("float16-range")])]))
    #expect(groups.map(\.rule) == ["float16-range", "of-my-own"])
    #expect(FindingGroup.groups(of: []).isEmpty)
  }
}
