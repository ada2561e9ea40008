import ArgumentParser
import Foundation
import InitScope

/// What every computation takes: a seed, memory and threads.
struct RunArguments: ParsableArguments {
  // Unconditional, so that a negative number is told from a missing one.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of all random numbers: the same seed gives the same result. (default: 0)", valueName: "s"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Memory to use at most, such as 4G (default: half of what is free).", valueName: "size"))
  var memory: MemorySize?

  @Option(parsing: .unconditional, help: ArgumentHelp("Worker threads (default: one per core).", valueName: "n"))
  var threads: Int?

  func validate() throws { try OptionChecks.range(threads, "--threads", AuditConfiguration.threadRange) }

  /// The threads that were asked for, else one per core.
  var threadCount: Int { Self.threadCount(threads) }

  /// The same for a command with other options.
  static func threadCount(_ threads: Int?) -> Int {
    threads ?? min(ProcessInfo.processInfo.activeProcessorCount, AuditConfiguration.threadRange.upperBound)
  }
}
