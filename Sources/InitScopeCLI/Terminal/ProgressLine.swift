import InitScope
import Synchronization

/// One line on stderr that says how far a computation is, only where stderr is a terminal.
final class ProgressLine: Sendable {
  private let label: String
  private let shown = Mutex((label: "", done: -1))
  private let enabled: Bool

  init(_ label: String, quiet: Bool) {
    self.label = label
    enabled = !quiet && Console.messagesReachTerminal
  }

  /// Draws the bar anew where its length or figure changed.
  func update(_ done: Int, of total: Int) { update(label, done, of: total) }

  /// The same under the name of the phase: `auditing`, `verdicts`, `trying remedies`.
  func update(_ progress: AuditProgress) { update(progress.phase.label, progress.done, of: progress.total) }

  /// Shows an audit's empty bar at once: the first replica of a large network takes a while.
  func begin(_ configuration: AuditConfiguration) {
    update(AuditProgress(.audit, done: 0, total: configuration.initializers.count * configuration.replicas))
  }

  private func update(_ label: String, _ done: Int, of total: Int) {
    guard enabled, total > 0 else { return }
    shown.withLock { shown in
      guard label != shown.label || done > shown.done else { return }
      shown = (label, done)
      let width = 24, filled = width * min(done, total) / total
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      Console.draw("\r\u{1B}[2K\(label) \(bar) \(done)/\(total)")
    }
  }

  /// Takes the line away.
  func finish() {
    if enabled { Console.draw("\r\u{1B}[2K") }
  }
}

extension AuditPhase {
  /// What the command is doing, for the progress line.
  package var label: String {
    switch self {
    case .load: "loading"
    case .audit: "auditing"
    case .verdict: "verdicts"
    case .remedies: "trying remedies"
    case .render: "drawing"
    }
  }
}
