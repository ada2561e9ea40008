import DataSets
import Diagnosis
import Foundation
import NetworkGraph
import SignalPropagation
import Testing

@Suite struct GateTests {
  static func configuration(
    depth: Int = 4, width: Int = 64, _ activation: Activation = .relu, _ initializer: String = "he_normal",
    replicas: Int = 5,
    seed: UInt64 = 1
  ) throws -> AuditConfiguration {
    AuditConfiguration(
      network: try Examined.mlp(depth: depth, width: width, activation),
      initializers: [try Initializer(parsing: initializer)], batch: 64, replicas: replicas, seed: seed, histograms: false)
  }

  static func result(
    _ bounds: GateBounds, _ configuration: AuditConfiguration, baseline: AuditReport? = nil,
    edit: (inout AuditReport) -> Void = { _ in }
  ) throws -> GateResult {
    // Bounds and rules alone: what a verdict does to a gate has a test of its own.
    var report = Diagnosis(of: configuration).examine(try Audit(configuration).run())
    edit(&report)
    return try Gate(bounds, configuration: configuration).evaluate(report, baseline: baseline)
  }

  private func bound(_ tensor: GateTensor, _ quantity: GateQuantity, _ low: Double, _ high: Double) -> GateBounds {
    GateBounds(bounds: [GateBound(layers: .hidden, of: tensor, quantity, .range(low: low, high: high))])
  }

  /// He initialization of ReLU keeps the second moment of the input, 1, in every layer (He 2015).
  @Test func boundsAroundTheTruthAreKept() throws {
    for (quantity, low, high) in [(GateQuantity.secondMoment, 0.8, 1.25), (.variance, 0.5, 0.9), (.std, 0.7, 0.95)] {
      let result = try Self.result(bound(.activations, quantity, low, high), Self.configuration())
      #expect(result.passes, "\(result.violations.map(\.message))")
      #expect(result.comparisons == 4)
    }
  }

  /// Far away from the truth on either side each layer violates, and says what is what.
  @Test(arguments: [(10.0, 20.0), (0.001, 0.01)])
  func boundsBesideTheTruthAreViolated(low: Double, high: Double) throws {
    let result = try Self.result(bound(.activations, .secondMoment, low, high), Self.configuration())
    #expect(Set(result.violations.compactMap(\.layer)) == ["dense_1", "dense_2", "dense_3", "dense_4"])
    let worst = try #require(result.violations.first)
    #expect(result.violations.allSatisfy { $0.excess <= worst.excess && $0.excess > 0 })
    #expect(
      worst.message.hasPrefix("layer \(worst.layer ?? "")" + ": mean square of activations is ") && worst.bound?.low == low)
    let interval = try #require(worst.interval), measured = try #require(worst.measured)
    #expect(interval.low < measured && measured < interval.high)
  }

  /// A bound that misses the measured value by less than its error is no violation; with the error gone it is one.
  @Test func anIntervalThatReachesTheBoundIsNoViolation() throws {
    let configuration = try Self.configuration()
    let measured = try Audit(configuration).diagnose().runs[0].layers[1].activation
    let logarithm = try #require(measured.log10SecondMoment)
    // Theory's error at width 64 is some hundredths of a decade; this is half a hundredth.
    let bounds = GateBounds(bounds: [
      GateBound(
        layers: GateLayers("dense_2"), of: .activations, .secondMoment,
        .range(low: pow(10, logarithm + 0.005), high: 100))
    ])
    #expect(try Self.result(bounds, configuration).passes)
    let sharp = try Self.result(bounds, configuration) {
      $0.runs[0].layers[1].activation.theoryStandardError = 1e-9
      $0.runs[0].layers[1].activation.interval = Interval(low: logarithm - 1e-9, high: logarithm + 1e-9)
    }
    #expect(sharp.violations.count == 1)
  }

  @Test func theRateIsSharedAmongComparisons() throws {
    let configuration = try Self.configuration()
    var one = bound(.activations, .secondMoment, 10, 20)
    one.bounds[0].layers = GateLayers("dense_1")
    var many = one
    for _ in 0..<99 { many.bounds.append(GateBound(of: .gradients, .secondMoment, .range(low: 0, high: .infinity))) }
    let narrow = try #require(try Self.result(one, configuration).violations.first?.interval)
    let wide = try #require(try Self.result(many, configuration).violations.first?.interval)
    #expect(wide.low < narrow.low && wide.high > narrow.high)
  }

  @Test func oneReplicaIsNotedNotPassedInSilence() throws {
    let configuration = try Self.configuration(replicas: 1)
    let result = try Self.result(bound(.activations, .deadFraction, 0, 0.5), configuration)
    #expect(result.comparisons == 0 && result.passes)
    #expect(
      result.runs[0].notes == [
        "layers dense_1, dense_2, dense_3, dense_4: share of dead units not checked: "
          + "one replica shows no scatter: give --seeds 2 or more"
      ])
  }

  @Test func zerosHaveNoSignal() throws {
    let result = try Self.result(bound(.activations, .secondMoment, 0.5, 2), Self.configuration(.relu, "zeros"))
    // Beside them stand the errors of the rules: symmetric and dead units.
    let violations = result.violations.filter { $0.subject == "secondMoment of activations" }
    #expect(violations.count == 4 && result.violations.count == 6)
    #expect(violations[0].message == "layer dense_1: mean square of activations is 0, bound 0.5 to 2")
    // An open end takes zero in.
    let open = try Self.result(bound(.activations, .secondMoment, 0, 2), Self.configuration(.relu, "zeros"))
    #expect(!open.violations.contains { $0.subject == "secondMoment of activations" })
  }

  @Test func valuesThatAreNotFiniteKeepNoBound() throws {
    let result = try Self.result(bound(.activations, .mean, -.infinity, .infinity), Self.configuration()) {
      $0.runs[0].layers[2].activation.nonFinite = 3
    }
    #expect(result.violations.map(\.kind) == [.nonFinite])
    #expect(result.violations[0].message == "layer dense_3: mean of activations: 3 values are not finite")
  }

  @Test func growthIsTheRuns() throws {
    // Half of He's variance: each layer halves the second moment, log10 of 1/2 a layer.
    let configuration = try Self.configuration(depth: 8, .relu, "lecun_normal")
    let bounds = { (low: Double, high: Double) in
      GateBounds(bounds: [GateBound(of: .activations, .growthPerLayer, .range(low: low, high: high))])
    }
    #expect(try Self.result(bounds(-0.4, -0.2), configuration).passes)
    let result = try Self.result(bounds(-0.01, 0.01), configuration)
    #expect(result.violations.map(\.subject) == ["growthPerLayer forward"] && result.violations[0].layer == nil)
    // In words a factor, 10^-0.3 = 0.5 to its error; the bound is 10^-0.01 to 10^0.01.
    let message = result.violations[0].message
    #expect(
      message.wholeMatch(of: /forward growth per layer is x0\.\d+ \(x0\.\d+ to x0\.\d+\), bound x0\.977 to x1\.02/) != nil,
      "\(message)")
  }

  @Test func patterns() {
    for (pattern, name, fits) in [
      ("dense_*", "dense_12", true), ("dense_?", "dense_12", false), ("*", "", true), ("?", "", false),
      ("a*b*c", "aXbYbc", true),
      ("a*b*c", "aXbYbcd", false), ("*.conv", "block.conv", true), ("dense", "dense_1", false), ("**a**", "bab", true),
    ] {
      #expect(NamePattern(pattern).matches(name) == fits, "\(pattern) on \(name)")
    }
    // No more than the product of the lengths, whatever the stars.
    let hostile = String(repeating: "*a", count: 200) + "b"
    #expect(!NamePattern(hostile).matches(String(repeating: "a", count: 1000)))
  }

  @Test func namesWithoutALayerOrRuleAreErrors() throws {
    let network = try Examined.mlp(depth: 2, width: 8, .relu)
    let layers = GateBounds(bounds: [
      GateBound(layers: GateLayers("dense_7"), of: .activations, .mean, .range(low: 0, high: 1), line: 4)
    ])
    #expect(
      throws: GateError(
        line: 4, message: "no layer of network is called 'dense_7'",
        hint:
          "Did you mean 'dense_1'? Layers: \(network.nodes.map(\.name).joined(separator: ", ")); or all, hidden, or "
          + "a pattern "
          + "such as dense_*")
    ) { try layers.check(network) }
    let rules = GateBounds(rules: [RuleThreshold(NamePattern("theory-disagreemnt"), .warning, line: 9)])
    do {
      try rules.check(network)
      Issue.record("nothing was refused")
    } catch {
      #expect(error.line == 9 && error.message == "no rule is called 'theory-disagreemnt'")
      #expect(error.hint.hasPrefix("Did you mean 'theory-disagreement'? Rules: "))
    }
  }

  private static func finding(_ severity: Finding.Severity) -> Finding {
    Finding(rule: "theory-disagreement", severity: severity, layers: [2], evidence: [:], message: "they part")
  }

  @Test(arguments: [
    ([], Finding.Severity.error, 1), ([], .warning, 0),
    ([RuleThreshold(NamePattern("theory-*"), .warning)], .warning, 1),
    ([RuleThreshold(NamePattern("theory-*"), .warning)], .note, 0),
    ([RuleThreshold(NamePattern("*"), .note), RuleThreshold(NamePattern("theory-disagreement"), nil)], .error, 0),
    ([RuleThreshold(NamePattern("*"), nil)], .error, 0),
  ])
  func findingsFailByTheirSeverity(rules: [RuleThreshold], severity: Finding.Severity, violations: Int) throws {
    let result = try Self.result(GateBounds(rules: rules), Self.configuration()) {
      $0.runs[0].findings = [Self.finding(severity)]
    }
    #expect(result.violations.count == violations)
    if let violation = result.violations.first {
      #expect(violation.layer == "dense_2" && violation.identifier == "finding/theory-disagreement")
      #expect(violation.message == "\(severity.rawValue): they part")
    }
  }

  @Test func aVerdictAgainstTrainingFails() throws {
    let verdict = Verdict(
      status: .vanishing, trains: false, confidence: 0.9, learningRate: nil, summary: "gradients vanish", recommendation: nil
    )
    for judges in [true, false] {
      let result = try Self.result(GateBounds(judgesVerdict: judges), Self.configuration()) { $0.runs[0].verdict = verdict }
      #expect(result.violations.map(\.message) == (judges ? ["verdict: does not train (90% sure). gradients vanish"] : []))
    }
  }
}
