import ArgumentParser
import Foundation
import InitScope

/// From process start to the first result.
struct ColdStartBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cold-start", abstract: "Milliseconds from exec to exit of a 2 x 8 audit, and of an empty process.")

  @Option(help: "The release binary.") var binary = ".build/release/initscope"
  @Option var rounds = 41

  func run() throws {
    let arguments = [
      "audit", "--depth", "2", "--width", "8", "--inputs", "8", "--init", "he_normal", "--json", "--no-png",
    ]
    var audits: [Double] = [], nothings: [Double] = []
    for _ in 0..<rounds {
      audits.append(try milliseconds(binary, arguments))
      nothings.append(try milliseconds("/bin/true", []))
    }
    print(
      String(
        format: "2 x 8, --json --no-png: %.1f ms from start to exit (%.1f..%.1f), median of %d; /bin/true %.1f ms",
        Measuring.median(audits), audits.min() ?? 0, audits.max() ?? 0, rounds, Measuring.median(nothings)))
  }

  private func milliseconds(_ path: String, _ arguments: [String]) throws -> Double {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/null")
    return try Measuring.seconds {
      try process.run()
      process.waitUntilExit()
    } * 1e3
  }
}
