import NetworkGraph
import SignalPropagation

/// What is made of an audit's measurement: theory beside every number, and what the rules find.
///
///     let audit = Audit(AuditConfiguration(network: network, initializers: [.heNormal]))
///     let report = try Diagnosis(of: audit.configuration).examine(audit.run())
///     for finding in report.runs[0].findings { print(finding.message) }
public struct Diagnosis: Sendable {
  private let configuration: AuditConfiguration

  /// - Parameter configuration: What was audited.
  public init(of configuration: AuditConfiguration) {
    self.configuration = configuration
  }

  /// The report with theory's fields filled and findings added, measurement untouched.
  ///
  /// The report must be of this configuration: its runs are the configuration's initializers in their order.
  public func examine(_ report: AuditReport) -> AuditReport {
    let c = configuration
    precondition(
      report.runs.count == c.initializers.count
        && report.runs.allSatisfy { $0.layers.map(\.name) == c.network.nodes.map(\.name) },
      "the report is not of this configuration")
    var report = report
    let overlay = TheoryOverlay(report)
    for (index, initializer) in c.initializers.enumerated() {
      // What could be audited can be assigned.
      guard let assignment = try? InitializerAssignment(initializer: initializer, network: c.network) else {
        preconditionFailure("\(initializer) does not fit the network \(c.network.name)")
      }
      if let overlay {
        report.runs[index] = overlay.annotated(report.runs[index], c.network, assignment, backward: c.backward)
      }
      let context = RuleContext(
        network: c.network, assignment: assignment, input: report.input, replicas: report.seeds, backward: c.backward,
        given: c.given)
      report.runs[index].findings = RuleCatalogue.findings(in: report.runs[index], context)
    }
    return report
  }
}

extension Diagnosis {
  /// The report with a verdict for each run, and what to do about it.
  ///
  /// The report must have been examined: verdicts go by its findings. Runs whose gradients the memory allowed does not hold
  /// get none.
  ///
  /// - Parameters:
  ///   - report: an audit of this configuration, with its findings.
  ///   - recommends: Whether remedies are tried, each by an audit of its own.
  /// - Throws: As `TangentProbe` does.
  public func judge(_ report: AuditReport, recommends: Bool = true) throws -> AuditReport {
    try judge(recommends: recommends) { report }
  }

  /// The same of a report that is examined while the tangent kernels are measured.
  fileprivate func judge(recommends: Bool, _ examined: () -> AuditReport) throws -> AuditReport {
    let c = configuration, maker = VerdictMaker(c)
    var (readings, report) = try maker.readings(c.initializers, network: c.network, given: c.given, meanwhile: examined)
    let recommendation = Recommendation(maker)
    for (index, initializer) in c.initializers.enumerated() {
      report.runs[index].verdict = maker.verdict(of: report.runs[index], readings[index])
      if report.runs[index].verdict?.trains == true { report.runs[index].soften() }
      guard recommends else { continue }
      let text = try recommendation.text(for: report.runs[index], initializer: initializer)
      report.runs[index].verdict?.recommendation = text
    }
    return report
  }
}

extension Audit {
  /// Runs the audit, has `Diagnosis` examine what it measured and judge what training will make of it. Throws as `run` does.
  ///
  /// - Parameters:
  ///   - tool: the program that the report names.
  ///   - recommends: Whether remedies are tried, each by an audit of its own.
  ///   - progress: is called with the replicas done and their total, from worker threads.
  public func diagnose(
    tool: AuditReport.Tool = AuditReport.Tool(name: "initscope", version: InitScopeVersion.current, command: ""),
    recommends: Bool = true, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws -> AuditReport {
    let diagnosis = Diagnosis(of: configuration), measured = try run(tool: tool, progress: progress)
    return try diagnosis.judge(recommends: recommends) { diagnosis.examine(measured) }
  }
}

extension InitializerRun {
  /// Makes warnings of errors that say that training cannot work: the verdict weighs all of the network, a rule one side of it.
  /// Errors about weights that are not as declared stay: such a network may train, and still be another than was meant.
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
