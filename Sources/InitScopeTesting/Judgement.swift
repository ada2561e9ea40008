import InitScope
import NumberText

extension AuditedNetwork {
  /// The most violations that a message lists.
  private static let mostListed = 5

  /// Compares the audit with bounds and reports what it violates; returns whether it keeps them.
  ///
  /// Where nothing could be judged the expectation fails, too, since otherwise it would pass for every network.
  func judge(
    _ bounds: GateBounds, _ expectation: String, baseline: AuditReport? = nil, at place: SourcePlace
  ) -> Bool {
    let result: GateResult
    do {
      result = try Gate(bounds, configuration: configuration).evaluate(report, baseline: baseline)
    } catch {
      place.report("\(expectation): \(error)")
      return false
    }
    let run = result.runs[0]
    if !run.violations.isEmpty {
      fail(
        "\(expectation): \(run.violations.count) of \(max(result.comparisons, run.violations.count)) comparisons fail",
        run.violations, result, at: place)
      return false
    }
    if result.comparisons == 0, !bounds.bounds.isEmpty {
      place.report("\(expectation): nothing could be judged\n\(run.notes.map { "  \($0)" }.joined(separator: "\n"))")
      return false
    }
    return true
  }

  private func fail(_ headline: String, _ violations: [GateViolation], _ result: GateResult, at place: SourcePlace) {
    var lines = [headline]
    for (index, violation) in violations.prefix(Self.mostListed).enumerated() {
      // A cause comes before what follows from it, however far that has gone.
      let label = index > 0 || violations.count == 1 ? "" : violation.role == .cause ? "cause: " : "worst: "
      lines.append("  \(label)\(violation.fullMessage)")
    }
    if violations.count > Self.mostListed { lines.append("  and \(violations.count - Self.mostListed) more") }
    lines.append(
      "  \(run.initializer) on \(report.network.name), \(report.seeds) replicas, batch \(report.input.batch), "
        + "seed \(report.seed); "
        + "false-alarm rate \(MessageNumber.given(result.falseAlarmRate)) for all comparisons together")
    let picture = FailurePicture(of: report)
    if let remark = picture?.remark { lines.append("  \(remark)") }
    place.report(lines.joined(separator: "\n"))
    picture?.attach(at: place)
  }
}
