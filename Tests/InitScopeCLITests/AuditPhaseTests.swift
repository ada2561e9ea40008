import Foundation
import InitScope
import InitScopeCLI
import Testing

/// What an audit says of its time, and what it leaves out on request.
@Suite struct AuditPhaseTests {
  private static func report(_ more: String...) throws -> AuditReport {
    let scratch = try TemporaryDirectory()
    let arguments = ["audit", "--depth", "6", "--width", "48", "--init", "he_normal,normal(std=0.01)", "--batch", "64"]
    let result = try Command.run(Command.program, arguments + more, in: scratch, input: "", environment: [:])
    try #require(result.status == 0, "\(result.message)")
    if more.contains("--json") { return try AuditJSON.decode([UInt8](result.output.utf8)) }
    return try AuditJSON.decode([UInt8](scratch.data(of: "Reports/audit/audit.json")))
  }

  @Test func thePhasesMakeUpTheWholeCommand() throws {
    let environment = try Self.report().environment
    let phases = try #require(environment.phases)
    let parts = AuditPhase.allCases.compactMap { phases[$0] }
    #expect(parts.count == AuditPhase.allCases.count && parts.allSatisfy { $0 >= 0 })
    // What lies between the phases is less than a tenth of a second: checks of options, notes.
    let sum = parts.reduce(0, +)
    #expect(sum <= environment.seconds && environment.seconds - sum < 0.1)
  }

  @Test func withoutVerdictNothingIsPredicted() throws {
    let report = try Self.report("--no-verdict", "--json", "--no-png")
    #expect(report.runs.allSatisfy { $0.verdict == nil && !$0.layers.isEmpty })
    #expect(report.environment.phases?.verdict == nil && report.environment.phases?.remedies == nil)
    #expect(report.environment.phases?.audit != nil && report.environment.phases?.render == nil)
  }

  @Test func withoutRemediesNothingIsRecommended() throws {
    let report = try Self.report("--no-remedies", "--json", "--no-png")
    #expect(report.runs.allSatisfy { $0.verdict?.trains != nil && $0.verdict?.recommendation == nil })
    #expect(report.environment.phases?.remedies == nil)
  }

  @Test(
    arguments: [
      (59, nil), (70, "one to two minutes"), (185, "about 3 minutes"), (3600 * 2.5, "about 3 hours"),
      (3600 * 24 * 9, "about 9 days"),
    ] as [(Double, String?)])
  func longAuditsAreAnnounced(seconds: Double, time: String?) {
    let text = WaitingTime.text(seconds), training = WaitingTime.text(training: seconds)
    #expect(training?.hasPrefix("This training will take \(time ?? "")") == (time == nil ? nil : true))
    #expect(text?.contains("will take \(time ?? "")") == (time == nil ? nil : true))
  }

  @Test func eachPhaseHasALabel() {
    #expect(AuditPhase.allCases.map(\.label) == ["loading", "auditing", "verdicts", "trying remedies", "drawing"])
  }
}
