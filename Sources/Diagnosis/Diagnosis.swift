import NetworkGraph
import SignalPropagation

/// Interprets an audit's measurements: puts theory beside every number, applies the rules, and makes the verdict.
///
///     let audit = Audit(AuditConfiguration(network: network, initializers: [.heNormal]))
///     let report = try Diagnosis(of: audit.configuration).examine(audit.run())
///     for finding in report.runs[0].findings { print(finding.message) }
public struct Diagnosis: Sendable {
  private let configuration: AuditConfiguration

  /// Prepares the interpretation of an audit.
  ///
  /// - Parameter configuration: What was audited.
  public init(of configuration: AuditConfiguration) {
    self.configuration = configuration
  }

  /// Returns the report with theory's fields filled and findings added; measurements are unchanged.
  ///
  /// The report must be of this configuration: its runs are the configuration's initializers in their order.
  public func examine(_ report: AuditReport) -> AuditReport {
    let c = configuration
    precondition(
      report.runs.count == c.initializers.count
        && report.runs.allSatisfy { $0.layers.map(\.name) == c.network.nodes.map(\.name) },
      "the report is not of this configuration")
    var report = report
    let overlay = TheoryOverlay(report), lack = DataLack(c)
    for (index, initializer) in c.initializers.enumerated() {
      // A network that could be audited can be assigned.
      guard let assignment = try? InitializerAssignment(initializer: initializer, network: c.network) else {
        preconditionFailure("\(initializer) does not fit the network \(c.network.name)")
      }
      if let overlay {
        report.runs[index] = overlay.annotated(report.runs[index], c.network, assignment, backward: c.backward)
      } else if c.graphPlan != nil {
        report.runs[index].theoryNote = TheoryOverlay.silence(report.runs[index], c.network, assignment)
      }
      let context = RuleContext(
        network: c.network, assignment: assignment, input: report.input, replicas: report.seeds, backward: c.backward,
        given: c.given(to: initializer), lack: lack)
      report.runs[index].findings = RuleCatalogue.findings(in: report.runs[index], context)
    }
    return report
  }
}

extension Diagnosis {
  /// Returns the report with a verdict and a recommendation for each run.
  ///
  /// The report must have been examined: verdicts go by its findings. Runs whose gradients the memory allowed does not hold
  /// get none.
  ///
  /// - Parameters:
  ///   - report: An audit of this configuration, with its findings.
  ///   - recommends: Whether remedies are tried, each by an audit of its own.
  ///   - progress: Is called as each verdict is made and each remedy tried, from any thread.
  /// - Throws: As `TangentProbe` does.
  public func judge(
    _ report: AuditReport, recommends: Bool = true, progress: (@Sendable (AuditProgress) -> Void)? = nil
  ) throws -> AuditReport {
    try judge(recommends: recommends, progress: progress) { report }
  }

  /// The same of a report that is examined while the tangent kernels are measured.
  fileprivate func judge(
    recommends: Bool, progress: (@Sendable (AuditProgress) -> Void)?, _ examined: () -> AuditReport
  ) throws -> AuditReport {
    let c = configuration, maker = VerdictMaker(c)
    var clock = PhaseClock()
    var (readings, report) = try maker.readings(
      c.initializers, network: c.network, given: c.given,
      progress: { progress?(AuditProgress(.verdict, done: $0, total: $1)) }, meanwhile: examined)
    for index in c.initializers.indices {
      report.runs[index].verdict = maker.verdict(of: report.runs[index], readings[index])
      if report.runs[index].verdict?.trains == true { report.runs[index].soften() }
    }
    var phases = report.environment.phases ?? AuditReport.Environment.Phases()
    phases.verdict = clock.lap()
    if let lack = maker.lack {
      // No change of the network makes the data tell more.
      for index in report.runs.indices { report.runs[index].verdict?.recommendation = lack.advice }
    } else if recommends {
      let texts = try Recommendation(maker).texts(for: report.runs) {
        progress?(AuditProgress(.remedies, done: $0, total: $1))
      }
      for (index, text) in texts.enumerated() { report.runs[index].verdict?.recommendation = text }
      phases.remedies = clock.lap()
    }
    report.environment.phases = phases
    report.environment.seconds += (phases.verdict ?? 0) + (phases.remedies ?? 0)
    report.environment.peakMemoryBytes = SystemMemory.peakResidentBytes
    return report
  }
}

/// Tells the seconds between one call and the next.
private struct PhaseClock {
  private var start = ContinuousClock.now

  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { start = now }
    return (now - start) / .seconds(1)
  }
}

extension Audit {
  /// Runs the audit and interprets it: theory, findings and verdict. Throws as `run` does.
  ///
  /// - Parameters:
  ///   - tool: The program that the report names.
  ///   - judges: Whether verdicts are made.
  ///   - recommends: Whether remedies are tried for networks that are not expected to train, each by an audit of its own.
  ///     Takes verdicts.
  ///   - progress: Is called with each piece of work that is done, from any thread.
  public func diagnose(
    tool: AuditReport.Tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: ""),
    judges: Bool = true, recommends: Bool = true, progress: (@Sendable (AuditProgress) -> Void)? = nil
  ) throws -> AuditReport {
    let diagnosis = Diagnosis(of: configuration)
    let measured = try run(tool: tool) { progress?(AuditProgress(.audit, done: $0, total: $1)) }
    guard judges else { return diagnosis.examine(measured) }
    return try diagnosis.judge(recommends: recommends, progress: progress) { diagnosis.examine(measured) }
  }
}

extension InitializerRun {
  /// Turns errors that say that training cannot work into warnings. The verdict weighs the whole network, a rule only one
  /// side of it. Errors about weights that are not as declared stay: such a network may train, but it is not the one that
  /// was meant.
  fileprivate mutating func soften() {
    for index in findings.indices where findings[index].severity == .error {
      if RuleCatalogue.rule(named: findings[index].rule)?.status != nil { findings[index].severity = .warning }
    }
    let order = Finding.Severity.allCases
    findings = findings.enumerated().sorted { a, b in
      let ranks = [a, b].map { order.firstIndex(of: $0.element.severity) ?? order.count }
      return (ranks[0], a.offset) < (ranks[1], b.offset)
    }.map(\.element)
  }
}
