import Foundation
import Glibc

/// How one command ended, and what it printed.
struct CommandOutcome {
  /// The exit status; nil where a signal ended it.
  var status: Int32?
  var signal: Int32?
  var isTimeout = false
  var seconds: Double
  var output: String
  var message: String

  private static let environment = ["PATH=/usr/bin:/bin", "COLUMNS=80", "LC_ALL=C.UTF-8", "HOME=/tmp"]

  /// Runs a program in a directory, with a limit on its time and on its address space.
  ///
  /// - Throws: `POSIXError` where it cannot be started.
  static func of(
    _ program: String, _ arguments: [String], in directory: String, seconds limit: Double, megabytes: Int
  ) throws -> CommandOutcome {
    // The shell sets the limit and becomes the program: one process, which a signal ends.
    let line = "ulimit -v \(megabytes << 10); cd \"$0\" || exit 99; exec \"$@\" <.stdin >.stdout 2>.stderr"
    FileManager.default.createFile(atPath: directory + "/.stdin", contents: nil)
    var words = (["/bin/sh", "-c", line, directory, program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var variables = (environment.map { strdup($0) }) + [nil]
    defer { for variable in variables { free(variable) } }
    var child = pid_t()
    let start = ContinuousClock.now
    let refusal = posix_spawn(&child, "/bin/sh", nil, nil, &words, &variables)
    guard refusal == 0 else { throw POSIXError(POSIXErrorCode(rawValue: refusal) ?? .EAGAIN) }
    var status: Int32 = 0, isTimeout = false
    while waitpid(child, &status, isTimeout ? 0 : WNOHANG) == 0 {
      if (ContinuousClock.now - start) > .seconds(limit) {
        isTimeout = true
        kill(child, SIGKILL)
      } else {
        usleep(2000)
      }
    }
    let elapsed = (ContinuousClock.now - start).components
    func text(_ name: String) -> String {
      String(decoding: FileManager.default.contents(atPath: directory + name) ?? Data(), as: UTF8.self)
    }
    // The low seven bits are the signal, the next eight the status.
    let signal = status & 0x7F
    return CommandOutcome(
      status: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal, isTimeout: isTimeout,
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18, output: text("/.stdout"),
      message: text("/.stderr"))
  }
}
