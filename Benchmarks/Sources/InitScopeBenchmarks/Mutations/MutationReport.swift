import ArgumentParser
import Foundation
import InitScope

/// Writes the report on mistakes that people make, each in a healthy network, and the rules that find them.
struct MutationReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutations", abstract: "Mistakes that people make, and the rules that notice them.",
    discussion: "The exit status is 1 where a mistake goes unnoticed or a healthy network is blamed.")

  @Option(help: "Writes the table there.") var output: String?
  @Option var threads = 2

  func run() throws {
    var rows: [String] = []
    var caught = 0, alarms = 0
    let seconds = try Measuring.seconds {
      for mutation in Mutation.all {
        let outcome = try mutation.outcome(threads: threads)
        caught += outcome.isCaught ? 1 : 0
        alarms += outcome.falseAlarms.isEmpty ? 0 : 1
        rows.append(try Self.row(mutation, outcome))
        FileHandle.standardError.write(Data("\(rows[rows.count - 1])\n".utf8))
      }
    }
    let summary = """
      \(caught) of \(Mutation.all.count) mistakes are caught by the rule that must catch them; \(alarms) of the healthy \
      originals draw an error or warning of that rule.
      """
    print(summary)
    print(String(format: "%.0f s", seconds))
    if let output {
      try Self.document(summary, rows: rows).write(toFile: output, atomically: true, encoding: .utf8)
    }
    if caught < Mutation.all.count || alarms > 0 { throw ExitCode(1) }
  }

  private static func document(_ summary: String, rows: [String]) -> String {
    """
    # Mistakes and the rules that notice them

    `make mutations`: each line is a healthy network, and the same network with one mistake that people make. Both are
    audited with 3 replicas and seed 5. Weights that a mistake fills come from samplers of their own, not from the engine's.
    A mistake is caught where the rule named beside it reports it, as a warning or worse, and with the cause in quotation
    marks where it names one; where all that a mistake costs is a note, a note is asked for. The healthy original must draw
    no error and no warning of that rule. Notes stand in parentheses.

    \(summary)

    | mistake | healthy original | must be caught by | caught | rules that fired | healthy original draws |
    |---|---|---|---|---|---|
    \(rows.joined(separator: "\n"))

    """
  }

  private static func row(_ mutation: Mutation, _ outcome: Mutation.Outcome) throws -> String {
    let healthy = try mutation.healthy(), network = healthy.network
    let wanted = mutation.rule + (mutation.cause.map { ": \"\($0)\"" } ?? "") + (mutation.severity == .note ? " (note)" : "")
    let original = "\(healthy.initializers[0]), \(network.hiddenActivation), \(network.nodes.count) layers"
    let alarms = outcome.falseAlarms.isEmpty ? "nothing" : outcome.falseAlarms.map(\.message).joined(separator: " ")
    return "| \(mutation.name) | \(original) | \(wanted) | \(outcome.isCaught ? "yes" : "**no**") | "
      + "\(outcome.fired.joined(separator: ", ")) | \(alarms) |"
  }
}
