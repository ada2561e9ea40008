import ArgumentParser
import Foundation
import Glibc
import InitScope

/// Measures the time from process start to the first result.
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
      audits.append(try ColdProcess.milliseconds(binary, arguments))
      nothings.append(try ColdProcess.milliseconds("/bin/true", []))
    }
    print(
      String(
        format: "2 x 8, --json --no-png: %.1f ms from start to exit (%.1f..%.1f), median of %d; /bin/true %.1f ms",
        Measuring.median(audits), audits.min() ?? 0, audits.max() ?? 0, rounds, Measuring.median(nothings)))
  }
}

/// Runs a program once and discards its output.
enum ColdProcess {
  /// Uses posix_spawn and waitpid, since Foundation's Process notices the end only every few tens of milliseconds.
  static func milliseconds(_ path: String, _ arguments: [String]) throws -> Double {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var status: Int32 = 0
    let seconds = try Measuring.seconds {
      var child = pid_t()
      guard posix_spawn(&child, path, &actions, nil, &words, environ) == 0, waitpid(child, &status, 0) == child else {
        throw ValidationError("\(path) could not be run")
      }
    }
    guard status == 0 else { throw ValidationError("\(path) failed with status \(status)") }
    return seconds * 1e3
  }
}
