import Synchronization

/// One line on stderr that says how far a computation is, only where stderr is a terminal.
final class ProgressLine: Sendable {
  private let label: String
  private let shown = Mutex(-1)
  private let enabled: Bool

  init(_ label: String, quiet: Bool) {
    self.label = label
    enabled = !quiet && Console.messagesReachTerminal
  }

  /// Draws the bar anew where its length or figure changed.
  func update(_ done: Int, of total: Int) {
    guard enabled, total > 0 else { return }
    shown.withLock { shown in
      guard done > shown else { return }
      shown = done
      let width = 24, filled = width * done / total
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
      Console.draw("\r\u{1B}[2K\(label) \(bar) \(done)/\(total)")
    }
  }

  /// Takes the line away.
  func finish() {
    if enabled { Console.draw("\r\u{1B}[2K") }
  }
}
