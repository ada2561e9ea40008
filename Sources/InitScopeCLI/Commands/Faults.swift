import Glibc
import Synchronization

/// Ends the process where the program itself is at fault: a trap, a memory error, an abort in a C library.
///
/// Swift's own handler starts a second program that prints a backtrace. Where two workers meet the same fault at once, the
/// second takes the process away while that program still reads its memory: it then waits for ever and holds the command's
/// output open, so that whoever reads it waits, too. This handler says what happened, and the signal takes its usual course:
/// exit by that signal, with a core file where the system keeps them.
enum Faults {
  private static let isReported = Atomic(false)
  private static let signals = [
    (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"), (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"), (SIGFPE, "SIGFPE"),
    (SIGABRT, "SIGABRT"),
  ]
  /// The text for each signal, by its number; made before any signal comes, never freed.
  nonisolated(unsafe) private static let texts = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 32)

  /// Installs the handler. With SWIFT_BACKTRACE in the environment, which asks for backtraces, Swift's stays.
  static func install() {
    guard getenv("SWIFT_BACKTRACE") == nil else { return }
    isReported.store(false, ordering: .relaxed)
    texts.initialize(repeating: nil, count: 32)
    // Whoever starts the program may have blocked them, which would be inherited.
    var all = sigset_t()
    sigemptyset(&all)
    for (number, _) in signals { sigaddset(&all, number) }
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
    for (number, name) in signals {
      texts[Int(number)] = strdup(
        "Error: initscope stopped at a fault of its own (\(name)), and no result was written. Please report the command "
          + "line and the files that it names; SWIFT_BACKTRACE=enable=yes in the environment shows where it was.\n")
      var action = sigaction()
      sigemptyset(&action.sa_mask)
      // Swift gives the main thread a stack for handlers, without which an overflow of its own stack could not be told.
      action.sa_flags = SA_ONSTACK
      action.__sigaction_handler.sa_handler = { Faults.end(by: $0) }
      sigaction(number, &action, nil)
    }
  }

  /// Calls only what a signal handler may.
  private static func end(by number: Int32) {
    // The first thread to come here speaks; another waits until the process is gone.
    guard !isReported.exchange(true, ordering: .relaxed) else {
      while true { pause() }
    }
    if let text = texts[Int(number)] { _ = write(STDERR_FILENO, text, strlen(text)) }
    // The signal is blocked while its handler runs, and takes effect as soon as that returns.
    signal(number, SIG_DFL)
    raise(number)
  }
}
