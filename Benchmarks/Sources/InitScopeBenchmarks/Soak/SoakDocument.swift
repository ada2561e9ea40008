import Foundation
import InitScope

/// The report of a soak.
struct SoakDocument {
  private let entries: [SoakLog.Entry]
  private let cases: Int
  private let seed: UInt64
  private let workers: Int
  private let seconds: Double

  init(log: SoakLog, cases: Int, seed: UInt64, workers: Int, seconds: Double) {
    entries = log.all
    self.cases = cases
    self.seed = seed
    self.workers = workers
    self.seconds = seconds
  }

  var summary: String {
    let counts = CommandFault.Kind.allCases.map { kind in
      "\(kind.rawValue) \(entries.count { entry in entry.faults.contains { $0.kind == kind } })"
    }
    return "\(entries.count) commands in \(Int(seconds)) s on \(workers) workers; commands with a fault: "
      + "\(counts.joined(separator: ", "))."
  }

  var text: String {
    """
    # Random commands

    `make soak`: \(cases) cases from seed \(seed), with InitScope \(InitScopeVersion.current). Each case writes random files
    (networks of every layer kind, data, bounds) and runs one or two commands on them, with random legal arguments of every
    initializer, activation, optimizer and option. A command has a minute and 8 GB of address space. It may end with status
    0, 1, 2 or 64 only, must say why where it ends with 2 or 64, and what it prints must be readable and free of
    contradictions.

    \(summary)

    ## Commands by exit status

    | command | 0 | 1 | 2 | 64 | signal or other | median s | slowest s |
    |---|---|---|---|---|---|---|---|
    \(Set(entries.map(name)).sorted().map(row).joined(separator: "\n"))

    ## The slowest

    | seconds | case | command |
    |---|---|---|
    \(slowest.joined(separator: "\n"))

    ## Faults

    \(faults.isEmpty ? "None." : faults.joined(separator: "\n"))

    """
  }

  private func name(_ entry: SoakLog.Entry) -> String { entry.arguments.first ?? "" }

  private func row(_ command: String) -> String {
    let own = entries.filter { name($0) == command }
    let known: [Int32] = [0, 1, 2, 64]
    let counts = known.map { status in own.count { $0.outcome?.status == status } }
    let times = own.compactMap { $0.outcome?.seconds }.sorted()
    return "| \(command) | \((counts + [own.count - counts.reduce(0, +)]).map(String.init).joined(separator: " | ")) | "
      + String(format: "%.2f | %.2f |", times.isEmpty ? 0 : times[times.count / 2], times.last ?? 0)
  }

  private var slowest: [String] {
    entries.sorted { ($0.outcome?.seconds ?? 0) > ($1.outcome?.seconds ?? 0) }.prefix(10).map {
      String(format: "| %.1f | %llu | ", $0.outcome?.seconds ?? 0, $0.seed) + "`\(line($0))` |"
    }
  }

  private var faults: [String] {
    entries.filter { !$0.faults.isEmpty }.map { entry in
      "- case \(entry.seed), `\(line(entry))`: "
        + entry.faults.map { "\($0.kind.rawValue): \($0.text)" }.joined(separator: "; ")
    }
  }

  private func line(_ entry: SoakLog.Entry) -> String {
    entry.arguments.map { $0.contains("(") || $0.contains("*") ? "'\($0)'" : $0 }.joined(separator: " ")
  }
}
