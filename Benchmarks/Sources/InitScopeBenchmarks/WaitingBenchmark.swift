import ArgumentParser
import Foundation
import InitScope

/// How long a user waits for `initscope audit`: every preset as it is, three large audits, and two of networks that do not
/// train, with their phases.
struct WaitingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "waiting", abstract: "Seconds of `initscope audit` from start to end by phase, into Reports/waiting.md.",
    discussion: "Each command runs --rounds times, pictures included; the run of the median total time is shown.")

  @Option(help: "The command that is measured.") var binary = ".build/release/initscope"
  @Option var output = "Reports/waiting.md"
  @Option var rounds = 3

  /// The six initializers that the benchmark `limit` compares.
  private static let six = "normal(std=0.01),normal,glorot_uniform,glorot_normal,he_uniform,he_normal"

  private static var commands: [[String]] {
    [["audit"]] + Preset.all.filter { $0.name != "mlp" }.map { ["audit", $0.name] } + [
      [
        "audit", "--depth", "49", "--width", "512", "--inputs", "512", "--outputs", "512", "--batch", "1024", "--seeds", "2",
        "--init", six,
      ],
      [
        "audit", "transformer-block", "--depth", "4", "--width", "256", "--batch", "64", "--seeds", "5", "--init",
        "glorot_uniform",
      ],
      ["audit", "resnet-20", "--batch", "128", "--seeds", "5", "--init", "he_normal"],
      // None of their runs trains: remedies are looked for.
      ["audit", "transformer-block", "--batch", "64", "--seeds", "5", "--init", "normal(std=3)"],
      ["audit", "--depth", "40", "--activation", "sigmoid", "--init", "glorot_uniform"],
    ]
  }

  /// What one run took.
  private struct Run {
    var total: Double
    var environment: AuditReport.Environment

    var ratio: Double {
      let phases = environment.phases
      return ((phases?.verdict ?? 0) + (phases?.remedies ?? 0)) / (phases?.audit ?? .nan)
    }
  }

  func run() throws {
    var rows: [String] = [], libraries = ""
    for command in Self.commands {
      let runs = try (0..<rounds).map { _ in try measure(command) }.sorted { $0.total < $1.total }
      let run = runs[runs.count / 2]
      let phases = run.environment.phases
      libraries = run.environment.blas
      func seconds(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "-" }
      let line = (["initscope"] + command).map { $0.contains("(") ? "'\($0)'" : $0 }.joined(separator: " ")
      rows.append(
        "| `\(line)` | \(seconds(run.total)) | \(seconds(phases?.audit)) | \(seconds(phases?.verdict)) | "
          + "\(seconds(phases?.remedies)) | \(seconds(phases?.render)) | \(seconds(run.ratio)) | "
          + "\(run.environment.peakMemoryBytes >> 20) |")
      print(rows.last ?? "")
    }
    let text = """
      # How long a user waits

      `make waiting` runs each command \(rounds) times from its start to its end, pictures included, on \
      \(ProcessInfo.processInfo.activeProcessorCount) threads (\(libraries)), and shows the run of the median \
      time. All times are seconds. The last column but one is what verdicts and remedies take, as a share of the audit \
      itself; the bound that the project keeps for the three large audits is 0.4. Every preset answers within 20 seconds. \
      No run of the last two audits trains, so that remedies are looked for.

      | command | total | audit | verdicts | remedies | pictures | share | peak MiB |
      |---|---|---|---|---|---|---|---|

      """
    try Data((text + rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: output))
  }

  private func measure(_ command: [String]) throws -> Run {
    let place = FileManager.default.temporaryDirectory.appending(path: "initscope-waiting-\(getpid())")
    defer { try? FileManager.default.removeItem(at: place) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = command + ["--quiet", "--output", place.path]
    let total = try Measuring.seconds {
      try process.run()
      process.waitUntilExit()
    }
    guard process.terminationStatus == 0 else { throw ValidationError("\(binary) failed") }
    let report = try AuditJSON.decode([UInt8](Data(contentsOf: place.appending(path: "audit.json"))))
    return Run(total: total, environment: report.environment)
  }
}
