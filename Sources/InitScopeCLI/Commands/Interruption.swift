import Glibc
import InitScope
import Synchronization

/// Ends the process on an interrupt (SIGINT, status 130), SIGTERM (143) or a terminal that hangs up (SIGHUP, 129), without
/// leaving half-written or temporary files.
///
/// A signal's handler may do next to nothing. It wakes a thread that removes the temporary files and ends the process.
enum Interruption {
  private static let deferring = Atomic(false)
  /// The first signal's number, and how many came.
  private static let pending = Atomic<Int32>(0)
  private static let count = Atomic<Int32>(0)
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Where the handler tells the thread. Written once, before the first signal can come.
  nonisolated(unsafe) private static let wake = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  private static let hasThread = Atomic(false)

  /// Installs the handler. It touches lock-free atomics, a semaphore and `_exit` only, which a signal handler may.
  static func install() {
    // A handler must not be the first to touch what is initialized on first use.
    pending.store(0, ordering: .relaxed)
    count.store(0, ordering: .relaxed)
    deferring.store(false, ordering: .relaxed)
    sem_init(wake, 0, 0)
    hasThread.store(startThread(), ordering: .relaxed)
    for number in signals where number != SIGHUP || !isIgnored(SIGHUP) {
      signal(number) { number in
        _ = Interruption.pending.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        let before = Interruption.count.wrappingAdd(1, ordering: .relaxed).oldValue
        // Files that are being put in place come first. A second signal does not wait for them, a third not even for the
        // temporary ones.
        if before == 0, Interruption.deferring.load(ordering: .relaxed) { return }
        if before > 1 || !Interruption.hasThread.load(ordering: .relaxed) { _exit(128 + number) }
        sem_post(Interruption.wake)
      }
    }
    // A parent that spawns from a dispatch thread hands down a mask that blocks nearly every signal.
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals { sigaddset(&mask, number) }
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Runs `body`, which writes files, to its end; a signal that came meanwhile takes effect after it.
  static func deferred(_ body: () throws -> Void) rethrows {
    deferring.store(true, ordering: .relaxed)
    defer {
      deferring.store(false, ordering: .relaxed)
      if pending.load(ordering: .relaxed) != 0 { end() }
    }
    try body()
  }

  /// `nohup` leaves the signal ignored.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func startThread() -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 256 << 10)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    return pthread_create(
      &thread, &attributes,
      { _ in
        while sem_wait(Interruption.wake) != 0 {}
        Interruption.end()
      }, nil) == 0
  }

  private static func end() -> Never {
    AtomicFile.abandonAll { _exit(128 + pending.load(ordering: .relaxed)) }
  }
}
