import Glibc
import Synchronization

/// Ends the process with status 130 on an interrupt (SIGINT) and 143 on SIGTERM, without leaving half-written files.
enum Interruption {
  private static let deferring = Atomic(false)
  private static let pending = Atomic<Int32>(0)

  /// Installs the handler. It touches lock-free atomics and `_exit` only, which a signal handler may.
  static func install() {
    // A handler must not be the first to touch what is initialized on first use.
    pending.store(0, ordering: .relaxed)
    deferring.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        // A second signal does not wait for the files.
        guard Interruption.deferring.load(ordering: .relaxed), Interruption.pending.exchange(number, ordering: .relaxed) == 0
        else { _exit(128 + number) }
      }
    }
    // A parent that spawns from a dispatch thread hands down a mask that blocks nearly every signal.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Runs `body`, which writes files, to its end; a signal that came meanwhile takes effect after it.
  static func deferred(_ body: () throws -> Void) rethrows {
    deferring.store(true, ordering: .relaxed)
    defer {
      deferring.store(false, ordering: .relaxed)
      let number = pending.load(ordering: .relaxed)
      if number != 0 { _exit(128 + number) }
    }
    try body()
  }
}
